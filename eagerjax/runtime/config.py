"""Settings of the engine, each with its reason. Nothing here touches JAX's own configuration."""

from eagerjax.runtime import device as _device

max_trace = 2000
"""Steps after which a trace runs although nothing was observed: bounds memory and the size of programs."""

max_static_trace = 50_000
"""The same for one call of a function under `jit=True`, which is to become a single program."""

eager_programs = 8
"""Programs that one call site may have compiled at first sight; later paths run stepwise until they repeat."""

programs_on_trust = 3
"""The same for long paths, where none of its programs was ever used again: such paths do not come back."""

long_path = 200
"""Steps of a path from which to compile it takes seconds."""

repeats_before_compile = 2
"""How often a path beyond that allowance runs stepwise before it is compiled whole."""

paths_seen_once = 500
"""Paths that the tree of traces remembers although they never repeated: those that can still be differentiated through."""

paths_seen_twice = 500
"""Paths that the tree of traces remembers although they repeated only once."""

signatures = 20_000
"""Paths that are known again when they repeat."""

long_repetition = 100
"""Steps of a path of few kinds of calls from which to compile it takes a second, and to run it stepwise milliseconds."""

long_light = 64
"""Steps of a path of little data from which to compile it takes a second at first sight, to run it stepwise milliseconds."""

calls_of_one_kind = 10
"""How often a long path makes each of its calls, or runs each of its reverse passes, in the mean, to run stepwise the first
time: that costs a fifth of compiling it at most."""

share_of_repeats = 4
"""One of how many stepwise runs at a call site a long path of few kinds of calls must be to be compiled as soon as it comes
back: a loop of one length, or of a few, and not an episode that happens to be as long as another one."""

repeats_after_allowance = 10
"""How often a path must repeat, once its call site has used up `eager_programs`, before it is asked whether to compile it
whole pays."""

shortest_filling = 400
"""Steps beyond which a path of many writes of elements counts as a loop that fills a tensor."""

repeats_of_filling = 1000
"""How often a long loop that fills a tensor element by element runs stepwise before it is compiled: when that pays."""

most_constants = 16
"""Numbers that calls of one kind may have as constants; a loop over more of them (`x[i]`) makes them inputs."""

longest_beginning = 200
"""Small steps before a network's forward pass beyond which they run on their own, even the first time."""

network = 100
"""Steps of a path that passes for a network's forward pass when its results may be differentiated."""

longest_creation = 64
"""Steps of the longest path that reads nothing (parameters being drawn) and may be compiled: 0.1 s a draw."""

max_chunks = 512
"""Chunks that may be compiled, or translated to numpy code, in all."""

repeats_before_numpy = 16
"""How often a piece of small calls runs one by one before it becomes one function of numpy code, for some 20 ms."""

largest_hosted = 1 << 17
"""Elements of the operands and results of a call in numpy; beyond it a compiled call is quicker."""

most_work_in_numpy = 1 << 18
"""What such a call may compute, in additions."""

most_calls_in_numpy = 40
most_elements_in_numpy = 1 << 19
"""Ops and elements of a program that may run as numpy code instead of being compiled."""

compile_small = False
"""Compile those as well: for tests of what is compiled."""

hosted_calls = 4096
"""Calls whose numpy code is remembered (some 20 kB each)."""

max_programs = 64
"""Programs that one call site may compile in all."""


def default_device():
    """The device of new tensors."""
    return _device.current()
