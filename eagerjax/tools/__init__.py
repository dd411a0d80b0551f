"""Tools of those who work on the package: each is `python -m eagerjax.tools.NAME`. Nothing imports them."""
