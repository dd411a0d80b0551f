"""What somebody may do between two training steps: `POKES`, by name; and a small `Training` to do it to."""

import copy
import io
import threading

import numpy as np

import eagerjax as torch

nn, F = torch.nn, torch.nn.functional


class Training:
    """A small model and its step, eager or compiled."""

    def __init__(self, jit, optimizer="SGD"):
        torch.manual_seed(0)
        self.model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
        options = {"SGD": {"lr": 0.1, "momentum": 0.9}, "Adam": {"lr": 0.01}}[optimizer]
        self.optimizer = getattr(torch.optim, optimizer)(self.model.parameters(), **options)
        self.weight = self.model[0].weight
        self.notes = []
        self.step = torch.compile(self.train, jit=jit)

    def train(self, x, y):
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss

    def steps(self, first, last):
        rng = np.random.default_rng(1)
        batches = [(rng.standard_normal((5, 3)).astype("float32"), rng.integers(0, 2, 5)) for _ in range(last)]
        return [self.step(torch.tensor(x), torch.tensor(y)).item() for x, y in batches[first:last]]

    def facts(self):
        found = [p.detach().numpy().copy() for p in self.model.parameters()]
        found += [p.grad.numpy().copy() for p in self.model.parameters() if p.grad is not None]
        return [*found, *[s.numpy().copy() for p in self.model.parameters() for s in self.optimizer.state[p].values()]]

    def deferred(self):
        """Of a compiled step: what may stay with its replays."""
        return [r.deferred for v in self.step.variants.values() for r in v.replays]

    def is_deferred(self):
        return any(d.trace is not None and not d.trace.closed and d.calls > 1 for d in self.deferred())


POKES = {}


def poke(function):
    POKES[function.__name__] = function
    return function


@poke
def nothing(t):
    pass


@poke
def reads_a_parameter(t):
    t.notes.append(t.weight.sum().item())


@poke
def reads_through_numpy(t):
    t.notes.append(t.weight.detach().numpy().copy())


@poke
def writes_through_numpy(t):
    t.weight.detach().numpy()[0] = 0.5


@poke
def holds_a_detached_copy(t):
    t.notes.append(t.weight.detach())


@poke
def holds_a_clone(t):
    t.notes.append(t.weight.clone())


@poke
def holds_a_view(t):
    t.notes.append(t.weight[1])


@poke
def holds_a_gradient(t):
    t.notes.append(t.weight.grad)


@poke
def scales_a_gradient(t):
    t.weight.grad.mul_(3.0)


@poke
def takes_a_gradient_away(t):
    t.weight.grad = None


@poke
def takes_all_gradients_away(t):
    t.optimizer.zero_grad()


@poke
def gives_another_gradient(t):
    t.weight.grad = torch.ones_like(t.weight)


@poke
def zeroes_the_gradients(t):
    t.optimizer.zero_grad(set_to_none=False)


@poke
def fills_a_parameter(t):
    with torch.no_grad():
        t.weight.fill_(0.25)


@poke
def zeroes_without_reading(t):
    with torch.no_grad():
        t.weight.zero_()


@poke
def copies_into_a_parameter(t):
    with torch.no_grad():
        t.weight.copy_(torch.full((4, 3), 0.1))


@poke
def writes_to_data(t):
    t.weight.data.mul_(0.5)


@poke
def sets_data(t):
    t.weight.data = torch.full((4, 3), 0.2)


@poke
def sets_an_element(t):
    with torch.no_grad():
        t.weight[0, 0] = 2.0


@poke
def swaps_two_parameters(t):
    other = nn.Parameter(torch.full((4, 3), 0.3))
    torch.utils.swap_tensors(t.weight, other)


@poke
def freezes_a_parameter(t):
    t.weight.requires_grad_(False)


@poke
def registers_a_hook(t):
    t.weight.register_hook(lambda g: g * 2)


@poke
def registers_a_late_hook(t):
    t.weight.register_post_accumulate_grad_hook(lambda p: t.notes.append(p.grad.sum().item()))


@poke
def hooks_a_module(t):
    t.model[0].register_forward_hook(lambda m, i, o: o * 2)


@poke
def changes_a_slot(t):
    t.optimizer.state[t.weight]["momentum_buffer"].zero_()


@poke
def replaces_a_slot(t):
    t.optimizer.state[t.weight]["momentum_buffer"] = torch.ones(4, 3)


@poke
def loads_what_it_saved(t):
    file = io.BytesIO()
    torch.save({"model": t.model.state_dict(), "optimizer": t.optimizer.state_dict()}, file)
    file.seek(0)
    saved = torch.load(file)
    t.model.load_state_dict(saved["model"])
    t.optimizer.load_state_dict(saved["optimizer"])


@poke
def copies_the_model(t):
    t.notes += [p.detach().clone() for p in copy.deepcopy(t.model).parameters()]


@poke
def goes_backward_outside(t):
    t.model(torch.ones(2, 3)).sum().backward()


@poke
def steps_outside(t):
    t.optimizer.step()


@poke
def clips_outside(t):
    nn.utils.clip_grad_norm_(t.model.parameters(), 0.01)


@poke
def converts_there_and_back(t):
    t.model.double().float()


@poke
def replaces_a_parameter(t):
    t.model[0].bias = nn.Parameter(torch.zeros(4))


@poke
def reads_a_version(t):
    t.notes.append(t.weight._version)


@poke
def asks_for_facts(t):
    t.notes += [(p.is_leaf, p.requires_grad, p.grad_fn is None, p.ndim, p.dtype is torch.float32) for p in t.model.parameters()]


@poke
def differentiates_twice(t):
    loss = t.model(torch.ones(2, 3)).pow(2).sum()
    (g,) = torch.autograd.grad(loss, t.weight, create_graph=True)
    t.notes.append(torch.autograd.grad(g.sum(), t.weight)[0])


@poke
def looks_in_another_thread(t):
    thread = threading.Thread(target=lambda: t.notes.append(t.weight.sum().item()))
    thread.start()
    thread.join()


@poke
def writes_in_another_thread(t):
    def write():
        with torch.no_grad():
            t.weight.mul_(0.5)

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()


@poke
def evaluates(t):
    t.model.eval()
    with torch.no_grad():
        t.notes.append(t.model(torch.ones(2, 3)))
    t.model.train()


@poke
def branches_on_a_parameter(t):
    if t.weight.sum() > 0:
        t.optimizer.param_groups[0]["lr"] = 0.05


@poke
def makes_a_family_and_drops_it(t):
    t.weight.detach().sum().item()


def plain(note):
    return note.tolist() if isinstance(note, torch.Tensor) else np.asarray(note).tolist()


def counting(module, monkeypatch):
    """[what `module` knew, what went the long way] from here on."""
    found, repeat = [0, 0], module.repeat

    def counted(what):
        done = repeat(what)
        found[not done] += 1
        return done

    monkeypatch.setattr(module, "repeat", counted)
    return found


def poked(module, name, optimizer, long, monkeypatch):
    """(losses, state at the end, what was noted) of eager steps between which something happens."""
    with monkeypatch.context() as patch:
        if long:
            patch.setattr(module, "repeat", lambda what: False)
        t = Training(False, optimizer)
        losses = t.steps(0, 8)
        for at in (8, 9, 12):
            POKES[name](t)
            losses += t.steps(at, at + (1 if at == 8 else 4))
        return losses, t.facts(), [plain(n) for n in t.notes]


def as_the_long_way(module, name, monkeypatch, counts, least):
    """Assert that at least so often `module` knew what to do between pokes, and did what the long way does."""
    optimizer = "SGD" if "slot" in name else "Adam"
    losses, facts, notes = poked(module, name, optimizer, False, monkeypatch)
    assert counts[0] >= least
    expected, expected_facts, expected_notes = poked(module, name, optimizer, True, monkeypatch)
    assert losses == expected and notes == expected_notes
    for one, other in zip(expected_facts, facts, strict=True):
        np.testing.assert_array_equal(other, one)
