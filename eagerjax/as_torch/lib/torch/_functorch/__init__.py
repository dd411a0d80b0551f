"""torch._functorch: only its switches."""
