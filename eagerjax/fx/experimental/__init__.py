"""Passes over graphs that PyTorch calls experimental."""
