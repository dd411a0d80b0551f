"""Lists and dictionaries that stand in a node's arguments: to change them, give the node new arguments."""

__all__ = ["immutable_dict", "immutable_list"]


def _refused(self, *args, **kwargs):
    kind = type(self).__mro__[1].__name__
    raise TypeError(f"'immutable_{kind}' object does not support mutation. If you are attempting to modify the kwargs or args of "
                    "a torch.fx.Node object, instead create a new copy of it and assign the copy to the node: "
                    "new_args = ... # copy and mutate args; node.args = new_args")  # fmt: skip


def _frozen(base, methods):
    facts = dict.fromkeys(methods, _refused)
    facts["__hash__"] = lambda self: hash(tuple(self.items() if base is dict else self))
    facts["__reduce__"] = lambda self: (type(self), (base(self),))
    facts["__deepcopy__"] = lambda self, memo: type(self)(_copied(base(self), memo))
    return type(f"immutable_{base.__name__}", (base,), facts)


def _copied(value, memo):
    from copy import deepcopy  # noqa: PLC0415

    return deepcopy(value, memo)


immutable_list = _frozen(list, ("append", "extend", "insert", "pop", "remove", "clear", "reverse", "sort", "__setitem__",
                                "__delitem__", "__iadd__", "__imul__"))  # fmt: skip
immutable_dict = _frozen(dict, ("clear", "pop", "popitem", "setdefault", "update", "__setitem__", "__delitem__", "__ior__"))
for _kind in (immutable_list, immutable_dict):
    _kind.__module__ = __name__
