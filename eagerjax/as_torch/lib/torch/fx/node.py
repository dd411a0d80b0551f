"""torch.fx.node: types that stand in annotations of libraries."""

import typing
from collections.abc import Callable

BaseArgumentTypes = str | int | float | bool | complex
Target = typing.Union[Callable[..., typing.Any], str]  # noqa: UP007  (libraries look into it)
