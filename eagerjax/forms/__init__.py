"""Public functions written in terms of other ops: no array body of their own."""
