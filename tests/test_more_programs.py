"""What more public programs tripped over when they were run unchanged: one test for each cause."""

import pickle
import typing

import pytest

import eagerjax as torch
from eagerjax import install_as_torch
from eagerjax.vision import transforms


def test_old_constructors_take_any_sequence():
    """pygcn: torch.LongTensor(range(140))."""
    assert torch.LongTensor(range(3)).tolist() == [0, 1, 2] and torch.FloatTensor(range(2)).dtype is torch.float32


def test_views_by_the_names_of_their_arguments():
    """DiT: x.reshape(shape=...); NumPy's `axis` for `dim`."""
    x = torch.arange(6.0).reshape(1, 6)
    assert x.reshape(shape=(2, 3)).shape == x.view(size=(2, 3)).shape == (2, 3)
    assert x.permute(dims=(1, 0)).shape == (6, 1) and x.expand(size=(2, 6)).shape == (2, 6)
    assert x.squeeze(axis=0).shape == (6,) and torch.unsqueeze(x, axis=0).shape == (1, 1, 6)
    assert (
        x.select(axis=1, index=2).item() == 2
        and len(x.chunk(2, axis=1)) == 2
        and x.narrow(axis=1, start=1, length=2).numel() == 2
    )


class Loose(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        out = torch.empty(2, 2)
        out[0], out[1] = x[0], x[1] * 2
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, grad):
        (out,) = ctx.saved_tensors
        return Loose.found(out, grad)


def test_gradients_of_functions_fit_their_inputs():
    """torchdiffeq saves an output that it filled in place; gpytorch returns gradients of a broadcast input."""
    x = torch.ones(2, 1, requires_grad=True)
    Loose.found = lambda out, grad: (out * grad).double().expand(3, 2, 2)
    Loose.apply(x.expand(2, 2)).sum().backward()
    assert x.grad.tolist() == [[6.0], [12.0]] and x.grad.dtype is torch.float32
    Loose.found = lambda out, grad: grad[:1, :1].expand(1, 3)
    with pytest.raises(RuntimeError, match="LooseBackward returned an invalid gradient at index 0"):
        Loose.apply(x.expand(2, 2)).sum().backward()


def test_values_of_modules_can_be_imported():
    """pyro imports torch.serialization.MAP_LOCATION, a type for annotations."""
    with install_as_torch():
        from torch.nn.common_types import _size_2_t  # noqa: PLC0415
        from torch.optim.optimizer import ParamsT  # noqa: PLC0415
        from torch.serialization import MAP_LOCATION  # noqa: PLC0415

        assert typing.Optional[MAP_LOCATION] and typing.Union[_size_2_t, int] and (ParamsT | None) is not None  # noqa: UP007, UP045


def test_modules_list_their_names():
    """imagenet/main.py: models.__dict__[args.arch](); pyro: all classes of vars(torch.distributions)."""
    with install_as_torch():
        from torch import distributions  # noqa: PLC0415
        from torchvision import models  # noqa: PLC0415

        assert callable(models.__dict__["resnet18"]) and callable(models.__dict__["alexnet"])
        classes = [v for v in vars(distributions).values() if isinstance(v, type)]
        assert {distributions.Normal, distributions.Gamma} <= set(classes)


class Twice(transforms.CenterCrop):
    def forward(self, img):
        return super().forward(img) * 2


def test_transforms_are_modules():
    """byol-pytorch chains them by nn.Sequential; programs override forward."""
    chain = torch.nn.Sequential(Twice(2), transforms.RandomApply([transforms.RandomHorizontalFlip(1.0)], p=1.0))
    x = torch.arange(16.0).reshape(1, 4, 4)
    assert chain(x).tolist() == [[[12.0, 10.0], [20.0, 18.0]]]
    assert not list(chain.parameters()) and repr(transforms.RandomInvert(0.5)) == "RandomInvert(p=0.5)"
    assert pickle.loads(pickle.dumps(transforms.RandomPosterize(3))).bits == 3


def test_datapipes_by_name():
    """torch_geometric decorates classes with functional_datapipe while it is imported."""
    with install_as_torch():
        from torch.utils.data import DataLoader, IterDataPipe, functional_datapipe  # noqa: PLC0415
        from torch.utils.data.datapipes.iter import Batcher  # noqa: PLC0415

        class Numbers(IterDataPipe):
            def __iter__(self):
                return iter(range(4))

        @functional_datapipe("times")
        class Times(IterDataPipe):
            def __init__(self, source, factor):
                self.source, self.factor = source, factor

            def __iter__(self):
                return (x * self.factor for x in self.source)

        @functional_datapipe("group")
        class Group(Batcher):
            pass

        assert [batch.tolist() for batch in DataLoader(Numbers().times(3), batch_size=2)] == [[0, 3], [6, 9]]
        with pytest.raises(AttributeError, match="'Numbers' object has no attribute 'shuffled'"):
            Numbers().shuffled()
        with pytest.raises(NotImplementedError, match="Batcher"):
            Group(Numbers(), 2)


def test_divergences_of_other_classes():
    """pyro registers one for its own base class, which is no torch.distributions.Distribution."""

    class Own:
        pass

    torch.distributions.register_kl(torch.distributions.Independent, Own)(lambda p, q: "own")
    pair = torch.distributions.Independent(torch.distributions.Normal(torch.zeros(2), 1.0), 1), Own()
    assert torch.distributions.kl_divergence(*pair) == "own"
    with pytest.raises(TypeError):
        torch.distributions.register_kl(torch.distributions.Normal, 3)


def test_functions_below_functional():
    """Lightning reads the arguments of Module.to by torch._C._nn._parse_to."""
    with install_as_torch():
        import torch as program  # noqa: PLC0415

        parsed = program._C._nn._parse_to("cpu", program.float64, non_blocking=True)
        assert parsed == (torch.device("cpu"), torch.float64, True, None)
        assert program._C._nn.gelu(torch.zeros(1)).item() == 0 and not hasattr(program._C._nn, "no_such_function")


def test_decorators_of_distributed_programs():
    """torch_geometric decorates with rpc.api's while it is imported, programs for torchrun with `record`."""
    with install_as_torch():
        import torch as program  # noqa: PLC0415
        from torch.distributed import rpc  # noqa: PLC0415
        from torch.distributed.elastic.multiprocessing.errors import record  # noqa: PLC0415

        assert record(len) is len and rpc.functions.async_execution(len) is len
        with pytest.raises(RuntimeError, match="RPC has not been initialized"):
            program.distributed.rpc.api._require_initialized(len)([])
        with pytest.raises(NotImplementedError, match="init_rpc"):
            rpc.init_rpc("me")


def test_nothing_is_exported():
    """torch_geometric asks it in scatter; libraries ask whether torch.fx traces or dynamo works."""
    with install_as_torch():
        import torch as program  # noqa: PLC0415
        import torch.fx  # noqa: PLC0415
        import torch.onnx  # noqa: PLC0415

        assert program.fx._symbolic_trace.is_fx_tracing() is False and program._dynamo.is_dynamo_supported() is False
        assert program.onnx.is_in_onnx_export() is False
        with pytest.raises(NotImplementedError, match="torch.onnx.export"):
            program.onnx.export(None, None, "f")
