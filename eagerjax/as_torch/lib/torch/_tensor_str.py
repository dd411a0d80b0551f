"""torch._tensor_str: the options of printing, which libraries read."""

from eagerjax.forms.printing import OPTIONS as PRINT_OPTS

__all__ = ["PRINT_OPTS"]
