"""`python -m eagerjax script.py ARGS...`: a program written for PyTorch, unchanged, on eagerjax."""

import sys

from eagerjax.tools.run import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
