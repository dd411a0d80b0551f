"""Speed, memory and compile counts of eagerjax beside PyTorch and hand-written JAX: `python -m benchmarks --help`."""
