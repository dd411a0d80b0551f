"""`python -m eagerjax script.py`: programs that import torch, run in processes of their own as users run them."""

import os
import pathlib
import subprocess
import sys
import textwrap

import pytest

from eagerjax.tools import check

ROOT = pathlib.Path(__file__).parent.parent


def run(tmp_path, source, *arguments, before=(), fails=False, errors=False):
    """What a program prints."""
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(source))
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "eagerjax", *before, str(script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=tmp_path, timeout=120, check=False)
    assert (done.returncode != 0) is fails, done.stdout + done.stderr
    return done.stdout + done.stderr if fails or errors else done.stdout


def test_a_training_program(tmp_path):
    out = run(
        tmp_path,
        """
        import argparse, os, sys
        import torch
        import torch.nn as nn
        import torch.nn.functional as F
        import torch.backends.cudnn as cudnn
        from torch import Tensor, optim
        from torch.autograd import Variable
        from torch.optim.lr_scheduler import StepLR
        from torch.utils.data import DataLoader, Dataset
        import torchvision.transforms as transforms

        assert __name__ == "__main__" and __file__ == sys.argv[0]
        assert sys.path[0] == os.path.dirname(__file__)
        parser = argparse.ArgumentParser()
        parser.add_argument("-m", type=int)
        assert parser.parse_args().m == 3
        assert isinstance(torch.__version__, str) and torch.__version__ == "2.13.0"
        assert torch.__version__ > (1, 8) and torch.__version__ >= "2.9" and not torch.__version__ < "2.13"
        cudnn.benchmark = True
        assert torch.backends.cudnn.benchmark

        class Points(Dataset):
            def __len__(self):
                return 16

            def __getitem__(self, i):
                return torch.tensor([i / 16, 1.0]), i % 2

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(2, 2)

            @torch.jit.ignore
            def forward(self, x: Tensor) -> Tensor:
                return F.log_softmax(self.fc(x), 1)

        net = torch.compile(torch.jit.script(Net()))
        optimizer = optim.SGD(net.parameters(), lr=0.1)
        scheduler = StepLR(optimizer, 1)
        for x, y in DataLoader(Points(), batch_size=8, num_workers=1):
            optimizer.zero_grad()
            loss = F.nll_loss(net(Variable(x)), y)
            loss.backward()
            optimizer.step()
        scheduler.step()
        torch.save(net, "net.pt")
        print(torch.load("net.pt", weights_only=False), type(x), type(x.shape), type(net.fc.weight))
        """,
        "-m",
        "3",
    )
    assert "(fc): Linear(in_features=2, out_features=2, bias=True)" in out
    assert "<class 'torch.Tensor'> <class 'torch.Size'> <class 'torch.nn.parameter.Parameter'>" in out


def test_names_outside_the_scope(tmp_path):
    """They exist and can be subclassed; calling says what is missing; unknown ones are errors that help."""
    out = run(
        tmp_path,
        """
        import importlib.metadata, typing
        import torch, torch.distributed as dist
        from torch.distributed.fsdp import FullyShardedDataParallel, ShardingStrategy
        from torch.nn.modules.batchnorm import _BatchNorm
        import torch._dynamo

        def annotated(a: FullyShardedDataParallel | None, b: "torch.futures.Future[int]") -> typing.Optional[torch.Event]:
            return None

        class Sharded(FullyShardedDataParallel):
            pass

        table = {torch.float8_e8m0fnu: 1, torch.float32: 2}
        assert table[torch.float32] == 2 and isinstance(torch.float8_e8m0fnu, torch.dtype)
        assert not isinstance(torch.zeros(1), FullyShardedDataParallel)
        assert str(ShardingStrategy.FULL_SHARD).endswith("ShardingStrategy.FULL_SHARD")
        assert hasattr(torch, "_export") and not hasattr(torch, "npu") and not hasattr(torch, "verify_jit")
        assert not dist.is_available() and isinstance(torch.nn.BatchNorm2d(1), _BatchNorm)
        torch._dynamo.config.suppress_errors = True
        torch._inductor.config.triton.unique_kernel_names = True
        assert torch._dynamo.config.suppress_errors
        assert importlib.metadata.version("torch") == torch.version.__version__
        assert torch.autograd.gradcheck is torch.autograd.gradcheck and callable(torch.autograd.gradcheck)
        for refused in (Sharded, lambda: torch.onnx.export(None), lambda: torch.zeros(2, dtype=torch.float8_e8m0fnu)):
            try:
                refused()
            except NotImplementedError as error:
                print(error)
        try:
            torch.sigmiod
        except AttributeError as error:
            print(error)
        try:
            import torch.nonesuch
        except ModuleNotFoundError as error:
            print(error)
        torch.zeros(2) + torch.zeros(3)
        """,
        fails=True,
    )
    lines = out.splitlines()
    assert "must match the size" in lines[-1] and "program.py" in lines[6] and "tools/run.py" not in out, out
    assert lines[:5] == [
        "torch.distributed.fsdp.FullyShardedDataParallel is not supported by eagerjax",
        "torch.onnx.export is not supported by eagerjax",
        "tensors of dtype torch.float8_e8m0fnu are not supported by eagerjax",
        "module 'torch' has no attribute 'sigmiod'. Did you mean: 'sigmoid'?",
        "No module named 'torch.nonesuch'",
    ]


def test_operators_of_libraries(tmp_path):
    """torch.library, torch.ops, _pytree, the profiler, a writer for TensorBoard."""
    out = run(
        tmp_path,
        """
        import collections, glob, torch
        from torch.utils._pytree import tree_flatten, tree_map, tree_map_only, tree_unflatten
        from torch.utils.tensorboard import SummaryWriter

        @torch.library.custom_op("mine::cube", mutates_args=())
        def cube(x: torch.Tensor) -> torch.Tensor:
            return x**3

        @cube.register_fake
        def _(x):
            return torch.empty_like(x)

        def setup(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        torch.library.register_autograd("mine::cube", lambda ctx, g: g * 30 * ctx.saved_tensors[0] ** 2, setup_context=setup)
        x = torch.tensor([2.0], requires_grad=True)
        torch.ops.mine.cube(x).sum().backward()
        assert x.grad.item() == 120.0, x.grad  # the rule given, not the derivative

        @torch.library.register_fake("theirs::nms")
        def _(boxes):
            return boxes

        try:
            torch.ops.theirs.nms(x)
        except NotImplementedError as error:
            print(error)
        assert torch.ops.aten.add.Tensor(x, x).item() == 4.0 and torch.ops.aten.linalg_det(torch.eye(2)).item() == 1.0
        Pair = collections.namedtuple("Pair", "a b")
        tree = {"z": [1, None], "a": Pair(2, (3.0,))}
        leaves, spec = tree_flatten(tree)
        assert leaves == [1, None, 2, 3.0] and tree_unflatten(leaves, spec) == tree
        assert tree_map_only(int, lambda v: -v, tree) == {"z": [-1, None], "a": Pair(-2, (3.0,))}
        assert tree_map(lambda a, b: (a, b), [1, 2], [[3], 4]) == [(1, [3]), (2, 4)]
        with torch.profiler.profile(schedule=torch.profiler.schedule(wait=1, warmup=0, active=2)) as prof:
            for _ in range(3):
                with torch.profiler.record_function("square"):
                    x * x
                prof.step()
        print(next(e.count for e in prof.key_averages() if e.key == "square"), "square" in prof.key_averages().table())
        with SummaryWriter("runs/a") as writer:
            writer.add_scalar("loss", torch.tensor(0.5), 3)
        data = open(glob.glob("runs/a/events*")[0], "rb").read()
        assert b"loss" in data and b"brain.Event:2" in data and data.endswith(data[-4:])
        """,
    )
    assert out.splitlines()[0].startswith("operator theirs::nms has no implementation in Python")
    assert out.splitlines()[1] == "2 True"


def test_check_lists_names_without_running(tmp_path, capsys):
    (tmp_path / "program.py").write_text(
        "import torch\nimport torch.nn as nn\nfrom torch.onnx import export as trace\n"
        "raise SystemExit(torch.relu, nn.Lineer, nn.functional.relu, trace, torch.zeros(1).shape)\n"
    )
    assert check.main([str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "torch.onnx.export  " in out and "program.py:3" in out
    assert "torch.nn.Lineer  " in out and "relu" not in out
    (tmp_path / "program.py").write_text("import torch\nfrom torch.nn import Linear\nLinear(1, 1)(torch.zeros(1))\n")
    assert check.main([str(tmp_path)]) == 0


def test_install_is_undone():
    import eagerjax  # noqa: PLC0415  the alias is its own subject

    before = sys.modules.get("torch")
    with eagerjax.install_as_torch() as alias:
        import torch  # noqa: PLC0415

        assert torch is alias and torch.Tensor is eagerjax.Tensor and torch.Tensor.__module__ == "torch"
        assert torch.functional.einsum is eagerjax.einsum and torch.autograd.function.Function is eagerjax.autograd.Function
        assert torch.nn.Linear is eagerjax.nn.Linear and torch.float32 is eagerjax.float32
        with pytest.raises(NotImplementedError, match="DistributedDataParallel"):
            torch.nn.parallel.DistributedDataParallel(None)
    assert sys.modules.get("torch") is before and eagerjax.Tensor.__module__ == "eagerjax.tensor"
