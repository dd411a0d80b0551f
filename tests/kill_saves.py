"""Kills processes at random moments while they save, and looks at what they leave: `python tests/kill_saves.py 200`.

Each process writes one file again and again, with a number that grows, and says when a save has returned. After SIGKILL the
file must be there, whole, and not older than the last save that had returned.
"""

import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time

import eagerjax as torch
from eagerjax.serialization import safetensors

KINDS = ("checkpoint", "safetensors", "training")


def content(n):
    return {f"t{i}": torch.full((50, 400), float(n)) for i in range(6)}


def write(kind, path, n):
    if kind == "checkpoint":
        torch.save({"n": n, **content(n)}, path)
    elif kind == "safetensors":
        safetensors.save_file(content(n), path)
    else:
        model = torch.nn.Linear(300, 200)
        model.load_state_dict({k: torch.full_like(v, n) for k, v in model.state_dict().items()})
        torch.save_training_state(path, model, step=n)


def read(kind, path):
    """The number in a file. Raises where it is damaged, AssertionError where its parts are of different saves."""
    if kind == "training":
        model = torch.nn.Linear(300, 200)
        n = torch.load_training_state(path, model).step
        found = model.state_dict()
    else:
        found = torch.load(path) if kind == "checkpoint" else safetensors.load_file(path)
        n = found.pop("n", None)
    numbers = {float(v) for t in found.values() for v in (t.min(), t.max())}
    assert len(numbers) == 1 and n in (None, *numbers), f"parts of several saves: {numbers}, {n}"
    return numbers.pop()


def save_for_ever(kind, path, pipe):
    n = 0
    while True:
        n += 1
        write(kind, path, n)
        pipe.send(n)


def trial(context, kind, folder, rng):
    """Kill one process. Returns (saves that had returned, the number in the file)."""
    path = os.path.join(folder, f"{kind}.file")
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=save_for_ever, args=(kind, path, theirs))
    process.start()
    theirs.close()
    mine.recv()  # the first save is done: from here on there always is a file
    time.sleep(rng.uniform(0, 0.03))
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    done = 1
    try:
        while True:
            done = mine.recv()
    except EOFError:
        pass
    found = read(kind, path)
    assert found in (done, done + 1), f"{done} saves had returned, the file is of save {found}"
    write(kind, path, 0)
    left = [name for name in os.listdir(folder) if name.endswith(".tmp")]
    assert not left, f"the next save did not clear {left}"
    os.unlink(path)
    return done, found


def run(trials, seed=0):
    """[(saves that had returned, number in the file)] of several kills."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["eagerjax", "kill_saves"])
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        return [trial(context, KINDS[i % len(KINDS)], folder, rng) for i in range(trials)]


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import kill_saves  # the processes find their functions by this name

    results = kill_saves.run(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
    later = sum(found > done for done, found in results)
    print(f"{len(results)} kills: 0 files lost or damaged; {later} fell between a rename and its save's return")
