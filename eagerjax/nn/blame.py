"""Which layer an error came from: a note on the exception, added only while one is on its way out."""


class LayerNote(str):
    """The text of the note, and what modules further out need to complete it."""

    def __new__(cls, layer, around, path):
        made = str.__new__(cls, f"in {short(layer)}" + (f" at {type(around).__name__}.{path}" if path else ""))
        made.layer, made.around, made.path = layer, around, path
        return made

    def __reduce__(self):
        return str, (str(self),)


def short(layer):
    """A layer's text, without what is inside it."""
    if layer._modules:
        return f"{type(layer).__name__}(...)"
    try:
        return repr(layer)
    except Exception:  # a user's extra_repr of a module that is half built must not hide the error
        return type(layer).__name__


def name_layer(error, module):
    """Note on `error` that it passed through `module`: the innermost is named, those around it give its path."""
    notes = getattr(error, "__notes__", ())
    at = next((i for i, note in enumerate(notes) if type(note) is LayerNote), None)
    if at is None:
        error.add_note(LayerNote(module, module, ""))
        return
    known = notes[at]
    name = next((n for n, m in module.named_modules() if n and m is known.around), None)
    if name is not None:
        notes[at] = LayerNote(known.layer, module, f"{name}.{known.path}" if known.path else name)
