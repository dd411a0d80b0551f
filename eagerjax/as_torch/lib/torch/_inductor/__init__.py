"""torch._inductor: only its switches."""
