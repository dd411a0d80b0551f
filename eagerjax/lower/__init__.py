"""How what was recorded becomes pure functions: shapes, reverse passes, programs, and when each is compiled."""
