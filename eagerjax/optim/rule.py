"""`Rule`: the base of the package's own optimizers. A rule names its op, its slots and its numbers; the walk over
parameters, the sharing of step counts and the atomic commit are here.

All parameters that started together share one `state["step"]` tensor (and whatever else is a property of the step
alone): it is counted up once, inside the fused op. A parameter that sits out a step, or is taken out of its group,
makes the others part from it first, and `state_dict` gives each parameter a step count of its own, as torch does.
"""

from collections import Counter

import numpy as np

from eagerjax import dispatch, known
from eagerjax.autograd import enable_grad
from eagerjax.optim.optimizer import Optimizer, _get_scalar_dtype, _use_grad_for_differentiable
from eagerjax.runtime import device as devices
from eagerjax.sharing import any_shared, update
from eagerjax.tensor import Tensor, from_array, to_device


def check(ok, what, value):
    """Raise torch's ValueError for a hyperparameter."""
    if not ok:
        raise ValueError(f"Invalid {what}: {value}")


def check_common(lr, eps=0.0, weight_decay=0.0, betas=()):
    """The checks that most rules share."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    check(0.0 <= lr, "learning rate", lr)
    check(0.0 <= eps, "epsilon value", eps)
    for i, beta in enumerate(betas):
        check(0.0 <= beta < 1.0, f"beta parameter at index {i}", beta)
    check(0.0 <= weight_decay, "weight_decay value", weight_decay)


def check_flags(fused, foreach, differentiable):
    """Raise RuntimeError for flags that exclude each other."""
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


def number(value):
    """A hyperparameter as the op takes it: a float, or a tensor."""
    return value if isinstance(value, Tensor) else float(value)


def rest(beta):
    """`1 - beta`, rounded once."""
    return 1.0 - number(beta)


def decay(group):
    """The group's weight decay, None if there is none."""
    value = group["weight_decay"]
    return number(value) if isinstance(value, Tensor) or value != 0 else None


def full_like(p, value):
    """A new slot: a constant that is there before the step is recorded, so the first step is no special program."""
    return constant(p.shape, value, p.dtype, p.device)


def scalar(value, group):
    """A new 0-dim member of the state, such as the step count."""
    return constant((), value, _get_scalar_dtype(group.get("fused")), devices.CPU)


def constant(shape, value, dtype, device):
    array = np.full(tuple(shape), value, dtype.np)
    return from_array(array if device == devices.CPU else to_device(array, device), dtype, device)


_ABSENT = {
    "amsgrad": False, "maximize": False, "foreach": None, "capturable": False, "differentiable": False, "fused": None,
    "decoupled_weight_decay": False, "nesterov": False, "momentum": 0, "centered": False,
}  # fmt: skip
"""Options that a state dict of an older version may lack."""


class Job:
    """What one call of the op updates: parameters, gradients and states that share a step count."""

    __slots__ = ("grads", "group", "key", "params", "states", "targets")

    def __init__(self, group, key=()):
        self.group = group
        self.key = key
        self.params = []
        self.grads = []
        self.states = []
        self.targets = []  # what is written to, in the order in which that is done


class Rule(Optimizer):
    """An optimizer whose step is one op per group.

    `op` is the op's name, called as `op(params, grads, *slots, *shared, *numbers)`. `shared` names the 0-dim
    members of the state that belong to the step and not to the parameter.
    """

    op = ""
    shared = ("step",)
    steps_conditionally = True  # a GradScaler gives `found_inf`: where it is not 0 nothing changes
    found_inf = None
    _turns = 1

    def slots(self, group):
        """Names of the per-parameter slots; None stands for one that this group does not have."""
        raise NotImplementedError

    def fresh(self, p, group):
        """The slots of a parameter before its first step."""
        return {name: full_like(p, 0) for name in self.slots(group) if name}

    def fresh_shared(self, group):
        """The shared members before the first step."""
        return {name: scalar(0.0, group) for name in self.shared}

    def numbers(self, group):
        """(hyperparameters in the op's order, static keywords)."""
        raise NotImplementedError

    def step(self, closure=None):
        """Update all parameters that have a gradient, all at once. Returns the closure's loss."""
        if closure is None and known.repeat(self):
            dispatch.boundary()
            return None
        return self._step(closure)

    @_use_grad_for_differentiable
    def _step(self, closure):
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        if self.defaults.get("differentiable"):
            self._update_all()
        elif closure is not None and known.repeat(self):
            dispatch.boundary()
        else:
            start = known.Start()
            if jobs := self._update_all():
                start.note(self, jobs)
                dispatch.boundary()
        return loss

    def _update_all(self):
        """Record the update of all parameters that have a gradient. Returns the jobs."""
        begun = set()
        return [job for turn in range(self._turns) for job in self._update(turn, begun)]

    def _update(self, turn, begun):
        """Record that of each parameter that has a turn left."""
        jobs, targets, values = self._jobs(turn, begun), [], []
        for job in jobs:
            self._run(job, targets, values)
        if targets:
            if self.found_inf is not None:
                values[:] = dispatch.apply("_amp_keep", self.found_inf, targets, values)
            self._commit(targets, values)
        return jobs

    def _run(self, job, targets, values):
        slots = self._columns(job)
        shared = [job.states[0][name] for name in self.shared]
        numbers, static = self.numbers(job.group)
        read = job.params, job.grads, *slots, shared
        if self.defaults.get("differentiable"):  # the op's derivative needs what is about to be written to
            read = [[t.clone() for t in column] for column in read]
        *columns, last = read
        values += dispatch.update(self, job.group, *columns, *last, *numbers, **static)
        job.targets = [*job.params, *[s for column in slots for s in column], *shared]
        targets += job.targets

    def _columns(self, job):
        """The job's slots, one list for each kind."""
        return [[s[name] for s in job.states] if name else [] for name in self.slots(job.group)]

    def _commit(self, targets, values):
        """Write everything that was updated, in one commit."""
        if not self.defaults.get("differentiable"):
            (update if any_shared(targets) else dispatch.assign)(targets, values)
            values.clear()  # a value that somebody holds is returned by the program, though its target has it too
            return
        for target, value in zip(targets, values):
            target.copy_(value)

    # -- who takes part ------------------------------------------------------------------
    def add_param_group(self, param_group):
        super().add_param_group(param_group)
        self._count_turns()

    add_param_group.__doc__ = Optimizer.add_param_group.__doc__

    def _count_turns(self):
        """A parameter that is listed n times is updated n times a step, each time from what the last one left."""
        times = [n for group in self.param_groups for n in Counter(map(id, group["params"])).values()]
        self._turns = max(times, default=1)

    def _members(self, group):
        """(the group's parameters, each once, and how often each is listed if some are listed twice)."""
        params = group["params"]
        if self._turns == 1:
            return params, {}
        return list({id(p): p for p in params}.values()), Counter(map(id, params))

    def _jobs(self, turn, begun):
        """One job for each set of parameters of a group that share a step count.

        `begun` may collect whose state begins in this step, for the turns after the first.
        """
        jobs, idle, seen = [], set(), 0
        for group in self.param_groups:
            mine, newborn = {}, None
            members, times = self._members(group)
            for p in members:
                state = self.state.get(p)
                seen += bool(state)
                g = p.grad
                if g is None or (turn and times[id(p)] <= turn):
                    if state:
                        idle.add(self._key(state))
                    continue
                if not state:
                    newborn = newborn or self._check_group(group) or self.fresh_shared(group)
                    state = self._begin(p, group, newborn)
                    seen += 1
                self._refuse_sparse(g)
                key = self._key(state)
                job = mine.get(key)
                if job is None:
                    job = mine[key] = Job(group, key)
                job.params.append(p)
                job.grads.append(g)
                job.states.append(state)
            jobs += mine.values()
        if self.shared:
            self._part(jobs, idle, seen)
        return jobs

    def _refuse_sparse(self, grad):
        if grad.is_sparse:
            raise RuntimeError(f"{type(self).__name__} does not support sparse gradients")

    def _check_group(self, group):
        if group.get("fused") and not all(p.is_floating_point() for p in group["params"]):
            raise RuntimeError("`fused=True` requires all the params to be floating point Tensors")

    def _begin(self, p, group, shared):
        state = self.state[p]
        state.update(shared)
        state.update(self.fresh(p, group))
        return state

    def _key(self, state):
        return tuple(id(state[name]) for name in self.shared)

    def _part(self, jobs, idle, seen):
        """Give a job its own shared members where somebody outside of it holds them too."""
        if len(self.state) > seen:  # state of parameters that are in no group any more
            inside = {id(p) for group in self.param_groups for p in group["params"]}
            idle.update(self._key(s) for p, s in self.state.items() if id(p) not in inside and self._has_shared(s))
        taken = set()
        for job in jobs:
            if job.key in idle or job.key in taken:
                own = {name: job.states[0][name].clone() for name in self.shared}
                for state in job.states:
                    state.update(own)
            taken.add(job.key)

    def _has_shared(self, state):
        return isinstance(state, dict) and all(name in state for name in self.shared)

    # -- saving and loading ----------------------------------------------------------------
    def _packed(self, slots):
        if not self._has_shared(slots):
            return super()._packed(slots)
        return {k: v.detach().clone() if k in self.shared else v for k, v in slots.items()}

    def load_state_dict(self, state_dict):
        super().load_state_dict(state_dict)
        self._share()

    load_state_dict.__doc__ = Optimizer.load_state_dict.__doc__

    def __setstate__(self, state):
        super().__setstate__(state)
        self._count_turns()
        for group in self.param_groups:
            for name in _ABSENT.keys() & self.defaults.keys():
                group.setdefault(name, _ABSENT[name])
            for p in group["params"]:
                for name in self.shared:
                    value = self.state[p].get(name, None) if p in self.state else None
                    if value is not None and not isinstance(value, Tensor):
                        self.state[p][name] = scalar(float(value), group)

    def _share(self):
        """Let the parameters of a group that are at the same step share its count again."""
        for group in self.param_groups if self.shared else ():
            found = {}
            for p in group["params"]:
                state = self.state.get(p)
                if state and self._has_shared(state):
                    key = tuple(float(state[name]) for name in self.shared)
                    own = found.get(key)
                    if own is None:
                        own = found[key] = {name: state[name].detach().clone() for name in self.shared}
                    state.update(own)
