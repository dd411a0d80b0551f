"""torch.fx.experimental: questions about tracing, of which there is none."""
