"""Loads the Python-level forms and attaches every derived form; imported once, by the package root."""

import importlib
import pkgutil

from eagerjax import forms, install

for _module in pkgutil.iter_modules(forms.__path__):
    importlib.import_module(f"eagerjax.forms.{_module.name}")
install.install()
