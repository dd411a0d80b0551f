"""Where things run: dtypes, devices, random state, configuration, and every difference between JAX versions."""
