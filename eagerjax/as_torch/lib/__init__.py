"""Modules that only programs written for PyTorch ask for, each under its own path."""
