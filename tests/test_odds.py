"""The odds and ends that scripts ask for: old constructors, devices, settings, storages, protocols."""

import copy
import pickle

import numpy as np
import pytest

torch = pytest.importorskip("eagerjax")


# -- old constructors -------------------------------------------------------------------------------
def test_typed_constructors():
    made = torch.FloatTensor([1, 2])
    assert (
        made.dtype is torch.float32 and isinstance(made, torch.FloatTensor) and not isinstance(made, torch.LongTensor)
    )
    assert torch.LongTensor([1.5]).tolist() == [1] and torch.DoubleTensor(2, 3).shape == (2, 3)
    assert torch.FloatTensor().shape == (0,) and torch.FloatTensor(torch.Size([2])).shape == (2,)
    assert torch.ones(2).type(torch.LongTensor).dtype is torch.int64
    assert repr(torch.FloatTensor) == "<class 'torch.FloatTensor'>"
    with pytest.raises(TypeError):
        torch.FloatTensor(torch.ones(2, dtype=torch.float64))


def test_cuda_constructors_without_a_gpu():
    assert not isinstance(torch.ones(2), torch.cuda.FloatTensor)
    if not torch.cuda.is_available():
        with pytest.raises(TypeError, match=r"type torch.cuda.FloatTensor not available"):
            torch.cuda.FloatTensor([1])


def test_typename():
    assert torch.typename(torch.ones(2)) == "torch.FloatTensor" and torch.typename(3) == "int"


# -- devices and settings ---------------------------------------------------------------------------
@pytest.mark.skipif("torch.cuda.is_available()")
def test_cuda_answers_honestly_without_a_gpu():
    assert torch.cuda.device_count() == 0 and torch.cuda.memory_allocated() == 0
    torch.manual_seed(3)
    first = torch.rand(2).tolist()
    torch.manual_seed(3)
    torch.cuda.manual_seed_all(5)  # must not touch the CPU's stream
    assert torch.rand(2).tolist() == first
    torch.cuda.empty_cache()
    assert torch.cuda._initialized is False and not torch.cuda._is_in_bad_fork() and not torch.cuda.has_magma
    torch.cuda._lazy_call(pytest.fail)  # waits for a GPU
    for ask in (torch.cuda.current_device, torch.cuda.synchronize, torch.cuda.get_device_name, torch.cuda._lazy_init):
        with pytest.raises(RuntimeError, match="no CUDA device"):
            ask()


def test_backends_can_be_set():
    import eagerjax.backends.cudnn as cudnn  # noqa: PLC0415, PLR0402

    cudnn.deterministic, cudnn.benchmark = True, False
    assert torch.backends.cudnn.deterministic and not torch.backends.cudnn.benchmark
    cudnn.deterministic = False
    assert not torch.backends.mps.is_available()
    assert torch.accelerator.is_available() == (torch.accelerator.current_accelerator() is not None)


def test_settings_are_remembered():
    torch.use_deterministic_algorithms(True, warn_only=True)
    assert torch.are_deterministic_algorithms_enabled() and torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(False)
    assert not torch.are_deterministic_algorithms_enabled()
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    assert torch.get_num_threads() == 3
    torch.set_num_threads(before)
    with pytest.raises(RuntimeError):
        torch.set_num_threads(0)


def test_compile_gives_the_function_back():
    @torch.compile(fullgraph=True)
    def double(x):
        return x * 2

    net = torch.nn.Linear(2, 2)
    assert double(torch.ones(1)).item() == 2 and torch.compile(net) is net


# -- types ------------------------------------------------------------------------------------------
def test_result_type_and_can_cast():
    ints = torch.ones(2, dtype=torch.int32)
    assert torch.result_type(ints, 1.5) is torch.float32 and torch.result_type(1, 2) is torch.int64
    assert torch.result_type(ints, torch.tensor(1)) is torch.int32
    assert torch.can_cast(torch.float64, torch.float16) and not torch.can_cast(torch.float32, torch.int32)
    assert not torch.can_cast(torch.int32, torch.bool)


def test_memory_formats_have_names():
    assert repr(torch.channels_last) == "torch.channels_last"
    assert pickle.loads(pickle.dumps(torch.channels_last)) is torch.channels_last


# -- storages ---------------------------------------------------------------------------------------
def test_pointers_tell_who_shares_memory():
    x = torch.zeros(2, 3)
    assert x.data_ptr() == x.view(6).data_ptr() == x.detach().data_ptr() != torch.zeros(2, 3).data_ptr()
    assert x[1].data_ptr() == x.data_ptr() + 12 and torch.empty(0).data_ptr() == 0
    assert x[1].untyped_storage().data_ptr() == x.data_ptr() and x[1].untyped_storage().nbytes() == 24
    assert len(x.storage()) == 6 and torch.is_storage(x.storage())
    assert x.is_set_to(x.view(2, 3)) and not x.is_set_to(x.t())
    x.add_(1)
    assert x.data_ptr() == x.view(6).data_ptr()


def test_pinned_memory_does_not_exist():
    x = torch.ones(2)
    assert x.pin_memory() is x and not x.is_pinned() and not x.is_shared()
    assert x.get_device() == -1 and x.is_cpu and not x.is_mps


def test_copy_shares_memory():
    x = torch.ones(2, requires_grad=True)
    other = copy.copy(x)
    assert other is not x and other.requires_grad and other.is_leaf and other.data_ptr() == x.data_ptr()


# -- Python functions and protocols -------------------------------------------------------------------
def test_apply_and_map():
    x = torch.tensor([1.0, 2.0])
    assert x.apply_(lambda v: v + 1) is x and x.tolist() == [2, 3]
    assert x.map_(torch.tensor(10.0), lambda a, b: a * b).tolist() == [20, 30]
    with pytest.raises(RuntimeError, match="requires grad"):
        torch.ones(2, requires_grad=True).apply_(abs)


def test_in_and_numpy_functions():
    assert 2 in torch.tensor([1, 2]) and 3 not in torch.tensor([1, 2])
    made = np.sin(torch.zeros(2))
    assert isinstance(made, torch.Tensor) and made.tolist() == [0, 0]
    assert np.isnan(torch.ones(2)).dtype is torch.uint8
