"""torch.utils._pytree: nested containers, taken apart and put together. None is a leaf, as in PyTorch."""

import collections
import dataclasses
import typing

from eagerjax.counted import Parts, Slots

PyTree = Context = typing.Any
ToDumpableContextFn = FromDumpableContextFn = FlattenFunc = UnflattenFunc = typing.Callable


class NodeDef(typing.NamedTuple):
    """How containers of one type are taken apart and made again."""

    type: type
    flatten_fn: typing.Callable
    unflatten_fn: typing.Callable
    flatten_with_keys_fn: typing.Callable | None


@dataclasses.dataclass(frozen=True)
class SequenceKey:
    """A place in a sequence."""

    idx: int

    def __str__(self):
        return f"[{self.idx!r}]"

    def get(self, sequence):
        return sequence[self.idx]


@dataclasses.dataclass(frozen=True)
class MappingKey:
    """A place in a mapping."""

    key: object

    def __str__(self):
        return f"[{self.key!r}]"

    def get(self, mapping):
        return mapping[self.key]


@dataclasses.dataclass(frozen=True)
class GetAttrKey:
    """An attribute."""

    name: str

    def __str__(self):
        return f".{self.name}"

    def get(self, obj):
        return getattr(obj, self.name)


def _tuple_flatten(d):
    return list(d), None


def _list_flatten(d):
    return d, None


def _dict_flatten(d):
    return list(d.values()), list(d)


def _dict_unflatten(values, keys):
    return dict(zip(keys, values))


def _namedtuple_flatten(d):
    return list(d), type(d)


def _sequence_keys(flatten):
    def with_keys(d):
        values, context = flatten(d)
        return [(SequenceKey(i), v) for i, v in enumerate(values)], context

    return with_keys


def _dict_flatten_with_keys(d):
    values, keys = _dict_flatten(d)
    return [(MappingKey(k), v) for k, v in zip(keys, values)], keys


def _defaultdict_flatten(d):
    values, keys = _dict_flatten(d)
    return values, [d.default_factory, keys]


def _defaultdict_with_keys(d):
    pairs, keys = _dict_flatten_with_keys(d)
    return pairs, [d.default_factory, keys]


def _namedtuple_with_keys(d):
    return [(GetAttrKey(n), v) for n, v in zip(d._fields, d)], type(d)


SUPPORTED_NODES: dict[type, NodeDef] = {}


def register_pytree_node(cls, flatten_fn, unflatten_fn, *, serialized_type_name=None, to_dumpable_context=None,
                         from_dumpable_context=None, flatten_with_keys_fn=None):  # fmt: skip
    """Let containers of a class be taken apart: `flatten_fn(x)` gives (children, context)."""
    if cls in SUPPORTED_NODES:
        raise ValueError(f"{cls} is already registered as pytree node.")
    SUPPORTED_NODES[cls] = NodeDef(cls, flatten_fn, unflatten_fn, flatten_with_keys_fn)


_private_register_pytree_node = _register_pytree_node = register_pytree_node


def register_dataclass(cls, *, field_names=None, drop_field_names=None, serialized_type_name=None):
    """Let instances of a dataclass be taken apart, by the fields that `__init__` takes."""
    names = field_names or [
        f.name for f in dataclasses.fields(cls) if f.init and f.name not in (drop_field_names or ())
    ]

    def with_keys(x):
        return [(GetAttrKey(n), getattr(x, n)) for n in names], names

    register_pytree_node(cls, lambda x: ([getattr(x, n) for n in names], names), lambda v, n: cls(**dict(zip(n, v))),
                         flatten_with_keys_fn=with_keys)  # fmt: skip


def register_constant(cls):
    """Instances of the class have no leaves."""
    register_pytree_node(cls, lambda x: ([], x), lambda _, x: x, flatten_with_keys_fn=lambda x: ([], x))


register_pytree_node(tuple, _tuple_flatten, lambda v, _: tuple(v), flatten_with_keys_fn=_sequence_keys(_tuple_flatten))
register_pytree_node(list, _list_flatten, lambda v, _: list(v), flatten_with_keys_fn=_sequence_keys(_list_flatten))
register_pytree_node(dict, _dict_flatten, _dict_unflatten, flatten_with_keys_fn=_dict_flatten_with_keys)
register_pytree_node(collections.namedtuple, _namedtuple_flatten, lambda v, kind: kind(*v),
                     flatten_with_keys_fn=_namedtuple_with_keys)  # fmt: skip
register_pytree_node(collections.OrderedDict, _dict_flatten, lambda v, k: collections.OrderedDict(zip(k, v)),
                     flatten_with_keys_fn=_dict_flatten_with_keys)  # fmt: skip
register_pytree_node(collections.defaultdict, _defaultdict_flatten,
                     lambda v, c: collections.defaultdict(c[0], zip(c[1], v)),
                     flatten_with_keys_fn=_defaultdict_with_keys)  # fmt: skip
for _kind in (Parts, Slots):  # what modules and optimizers have in the place of PyTorch's plain ones
    register_pytree_node(_kind, _dict_flatten, _dict_unflatten, flatten_with_keys_fn=_dict_flatten_with_keys)
register_pytree_node(collections.deque, lambda d: (list(d), d.maxlen), collections.deque,
                     flatten_with_keys_fn=_sequence_keys(lambda d: (list(d), d.maxlen)))  # fmt: skip


def is_namedtuple_class(cls):
    return isinstance(cls, type) and issubclass(cls, tuple) and hasattr(cls, "_fields")


def is_namedtuple_instance(tree):
    return is_namedtuple_class(type(tree))


_is_namedtuple_instance = is_namedtuple = is_namedtuple_instance


def _get_node_type(tree):
    return collections.namedtuple if is_namedtuple_instance(tree) and type(tree) not in SUPPORTED_NODES else type(tree)


def _is_leaf(tree, is_leaf=None):
    return (is_leaf is not None and is_leaf(tree)) or _get_node_type(tree) not in SUPPORTED_NODES


tree_is_leaf = _is_leaf


@dataclasses.dataclass
class TreeSpec:
    """The shape of a tree."""

    type: typing.Any
    context: typing.Any
    children_specs: list

    def __post_init__(self):
        leaf = self.type is None
        self.num_nodes = 1 + sum(c.num_nodes for c in self.children_specs)
        self.num_leaves = 1 if leaf else sum(c.num_leaves for c in self.children_specs)
        self.num_children = len(self.children_specs)

    def children(self):
        return list(self.children_specs)

    def child(self, index):
        return self.children_specs[index]

    def is_leaf(self):
        return self.num_nodes == 1 and self.num_leaves == 1

    def unflatten(self, leaves):
        return tree_unflatten(leaves, self)

    def flatten_up_to(self, tree):
        """The parts of `tree` where this shape has leaves. Raises ValueError where the shapes differ."""
        if self.is_leaf():
            return [tree]
        if _get_node_type(tree) != self.type:
            raise ValueError(f"Type mismatch; expected {self.type!r}, but got {_get_node_type(tree)!r}.")
        children, context = SUPPORTED_NODES[self.type].flatten_fn(tree)
        if self.type in (dict, collections.OrderedDict):
            if set(context) != set(self.context):
                raise ValueError(f"Node keys mismatch; expected {self.context}, but got {context}.")
            children = [tree[key] for key in self.context]
        children = list(children)
        if len(children) != self.num_children:
            raise ValueError(f"Node arity mismatch; expected {self.num_children}, but got {len(children)}.")
        return [leaf for child, spec in zip(children, self.children_specs) for leaf in spec.flatten_up_to(child)]

    def __hash__(self):
        return hash((self.type, self.num_leaves, tuple(self.children_specs)))

    def __repr__(self):
        if self.is_leaf():
            return "*"
        return f"TreeSpec({self.type.__name__}, {self.context}, [{', '.join(map(repr, self.children_specs))}])"


class LeafSpec(TreeSpec):
    """The shape of a leaf."""

    def __init__(self):
        super().__init__(None, None, [])


def treespec_leaf():
    return LeafSpec()


def tree_flatten(tree, is_leaf=None):
    """(leaves, shape)."""
    leaves = []
    return leaves, _flatten(tree, leaves, is_leaf)


def _flatten(tree, leaves, is_leaf):
    if _is_leaf(tree, is_leaf):
        leaves.append(tree)
        return LeafSpec()
    kind = _get_node_type(tree)
    children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
    return TreeSpec(kind, context, [_flatten(child, leaves, is_leaf) for child in children])


def tree_unflatten(leaves, treespec):
    """The tree of that shape with these leaves."""
    if not isinstance(treespec, TreeSpec):
        raise TypeError(f"Expected `treespec` to be an instance of TreeSpec but got item of type {type(treespec)}.")
    leaves = list(leaves)
    if len(leaves) != treespec.num_leaves:
        raise ValueError(f"treespec.unflatten(leaves): `leaves` has length {len(leaves)} but the spec refers to a pytree "
                         f"that holds {treespec.num_leaves} items ({treespec}).")  # fmt: skip
    return _unflatten(iter(leaves), treespec)


def _unflatten(leaves, spec):
    if spec.is_leaf():
        return next(leaves)
    children = [_unflatten(leaves, child) for child in spec.children_specs]
    return SUPPORTED_NODES[spec.type].unflatten_fn(children, spec.context)


def tree_leaves(tree, is_leaf=None):
    return tree_flatten(tree, is_leaf)[0]


tree_iter = tree_leaves


def tree_structure(tree, is_leaf=None):
    return tree_flatten(tree, is_leaf)[1]


def tree_map(func, tree, *rests, is_leaf=None):
    """The tree of `func(leaf, ...)`; further trees are read where the first has leaves."""
    leaves, spec = tree_flatten(tree, is_leaf)
    return tree_unflatten(map(func, leaves, *(spec.flatten_up_to(rest) for rest in rests)), spec)


def tree_map_(func, tree, *rests, is_leaf=None):
    """Call `func` on each leaf; the tree itself is returned."""
    tree_map(func, tree, *rests, is_leaf=is_leaf)
    return tree


def _predicate(kinds):
    """A test of leaves: a type, a tuple or union of types, or a function."""
    if isinstance(kinds, (type, tuple)) or typing.get_origin(kinds) is not None or hasattr(kinds, "__args__"):
        return lambda x: isinstance(x, kinds)
    return kinds


def map_only(kinds, /):
    """A decorator: the function, on leaves of these types only."""
    wanted = _predicate(kinds)
    return lambda func: lambda x: func(x) if wanted(x) else x


def tree_map_only(kinds, /, func, tree, is_leaf=None):
    return tree_map(map_only(kinds)(func), tree, is_leaf=is_leaf)


def tree_map_only_(kinds, /, func, tree, is_leaf=None):
    return tree_map_(map_only(kinds)(func), tree, is_leaf=is_leaf)


def tree_all(pred, tree, is_leaf=None):
    return all(map(pred, tree_leaves(tree, is_leaf)))


def tree_any(pred, tree, is_leaf=None):
    return any(map(pred, tree_leaves(tree, is_leaf)))


def tree_all_only(kinds, /, pred, tree, is_leaf=None):
    return all(pred(x) for x in tree_leaves(tree, is_leaf) if _predicate(kinds)(x))


def tree_any_only(kinds, /, pred, tree, is_leaf=None):
    return any(pred(x) for x in tree_leaves(tree, is_leaf) if _predicate(kinds)(x))


def tree_flatten_with_path(tree, is_leaf=None):
    """([(path, leaf)], shape)."""
    _, spec = tree_flatten(tree, is_leaf)
    return list(_with_path((), tree, is_leaf)), spec


def _with_path(path, tree, is_leaf):
    if _is_leaf(tree, is_leaf):
        yield path, tree
        return
    kind = _get_node_type(tree)
    if SUPPORTED_NODES[kind].flatten_with_keys_fn is None:
        raise ValueError(f"Did not find a flatten_with_keys_fn for type: {kind}. Please pass a flatten_with_keys_fn argument "
                         "to register_pytree_node.")  # fmt: skip
    for key, child in SUPPORTED_NODES[kind].flatten_with_keys_fn(tree)[0]:
        yield from _with_path((*path, key), child, is_leaf)


def tree_leaves_with_path(tree, is_leaf=None):
    return tree_flatten_with_path(tree, is_leaf)[0]


def tree_map_with_path(func, tree, *rests, is_leaf=None):
    """The tree of `func(path, leaf, ...)`."""
    pairs, spec = tree_flatten_with_path(tree, is_leaf)
    others = [spec.flatten_up_to(rest) for rest in rests]
    return tree_unflatten([func(*args) for args in zip(*zip(*pairs), *others)] if pairs else [], spec)


def keystr(path):
    return "".join(map(str, path))


def key_get(obj, path):
    for key in path:
        obj = key.get(obj)
    return obj


def _broadcast_to_and_flatten(tree, treespec, is_leaf=None):
    """The leaves of `tree` for each leaf of the shape, a leaf standing for all below it; None where they do not fit."""
    if _is_leaf(tree, is_leaf):
        return [tree] * treespec.num_leaves
    if treespec.is_leaf() or _get_node_type(tree) != treespec.type:
        return None
    children, context = SUPPORTED_NODES[treespec.type].flatten_fn(tree)
    children = list(children)
    if len(children) != treespec.num_children or context != treespec.context:
        return None
    parts = [_broadcast_to_and_flatten(c, s, is_leaf) for c, s in zip(children, treespec.children_specs)]
    return None if any(p is None for p in parts) else [leaf for part in parts for leaf in part]
