"""Writes eagerjax/tools/torch_names.txt: PyTorch's public names, for the coverage table. Needs torch.

python tests/record_names.py [USAGE]. Left out: names that belong to another back end or to quantised or sparse tensors,
and the internal halves of public functions. USAGE is a table (tab-separated, with the columns name and repos) of how many
repositories use a name; without it the numbers stay as they were.
"""

import csv
import inspect
import pathlib
import re
import sys

import torch

TARGET = pathlib.Path(__file__).parent.parent / "eagerjax" / "tools" / "torch_names.txt"
NOT_OURS = re.compile(
    r"^_|^(autocast|batch_norm_|ccol|choose_|clear_auto|col_ind|compile|cond$|crow|cuda|cudnn|dequantize|dsmm|embedding_renorm|"
    r"empty_quantized|eval$|export|fake_quantize|fbgemm|fork|fused_|get_autocast|get_file|get_num_int|has_|hsmm|hspmm|"
    r"import_|init_num|int_repr|is_(auto|vulkan|xpu|xla|ipu|mps|maia|meta|mtia|distributed)|merge_|miopen|mkldnn|native_|"
    r"parse_|prepare_|q_|quantize|read_vitals|rnn_|row_ind|saddmm|segment_reduce|set_auto|set_vital|slow_|smm|sparse|spmm|sspaddmm|"
    r"sym_|to_mkldnn|to_sparse|DataChunk|argument_validation|functional_datapipe|guaranteed_|non_deterministic|"
    r"runtime_validation|Optional$|bits|float4|"
    r"typename|unify|vitals|wait|AVG|SUM|classproperty|while_loop|slice_inverse|thread_safe)"
    r"|_copy$|_sparse|mkldnn|_backward$"
)
CLASSES = "Tensor Size device dtype Generator finfo iinfo no_grad enable_grad set_grad_enabled inference_mode".split()
HELPERS = re.compile("boolean_dispatch|torch_function|assert_int_or_pair")


def of_root():
    """Functions, dtypes and the few classes of torch itself."""
    for name in {*torch.__all__, *torch.functional.__all__, *dir(torch._C._VariableFunctions)}:
        value = getattr(torch, name, None)
        if value is not None and not inspect.ismodule(value) and (not inspect.isclass(value) or name in CLASSES):
            yield name


def of(module, wanted):
    return [name for name in getattr(module, "__all__", dir(module)) if wanted(getattr(module, name))]


def is_function(value):
    return callable(value) and not inspect.isclass(value)


def is_face(value):
    """A function or class, neither an abstract helper nor a module."""
    return callable(value) and "DataPipe" not in getattr(value, "__name__", "DataPipe")


def uses_of(path):
    """{name: number of repositories}"""
    with open(path, newline="") as file:
        return {row["name"]: row["repos"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}


def main():
    optim, data = torch.optim, torch.utils.data
    homes = {
        "torch": of_root(),
        "Tensor": dir(torch.Tensor),
        "torch.nn": of(torch.nn, lambda v: inspect.isclass(v)),
        "torch.nn.functional": [n for n in dir(torch.nn.functional) if is_function(getattr(torch.nn.functional, n))],
        "torch.nn.init": of(torch.nn.init, is_function),
        "torch.nn.utils": of(torch.nn.utils, is_face),
        "torch.linalg": [n for n in dir(torch.linalg) if is_function(getattr(torch.linalg, n))],
        "torch.special": [n for n in dir(torch.special) if is_function(getattr(torch.special, n))],
        "torch.fft": [n for n in dir(torch.fft) if is_function(getattr(torch.fft, n))],
        "torch.optim": of(optim, inspect.isclass),
        "torch.optim.lr_scheduler": optim.lr_scheduler.__all__,
        "torch.utils.data": of(data, is_face),
        "torch.autograd": of(torch.autograd, is_face),
    }
    names = {
        f"{home}.{name}"
        for home, found in homes.items()
        for name in found
        if not NOT_OURS.search(name) and not HELPERS.search(name)
    }
    uses = (
        uses_of(sys.argv[1])
        if len(sys.argv) > 1
        else dict(line.split("\t") for line in TARGET.read_text().splitlines()[1:])
    )
    lines = [f"{name}\t{uses.get(name, 0)}" for name in sorted(names)]
    title = f"# PyTorch {torch.__version__.split('+')[0]}, by tests/record_names.py"
    TARGET.write_text("\n".join([title, *lines]) + "\n")
    print(len(names), "names")


if __name__ == "__main__":
    main()
