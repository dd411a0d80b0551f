"""PyTorch's CPU generator: MT19937, a cached normal value, and the 5056 bytes in which PyTorch keeps both."""

import struct

import numpy as np

_HEAD = struct.Struct("<QiiQ")  # the seed; words left, plus one; is it seeded; the next word
_TAIL = struct.Struct("<dddiifB3x")  # unused, the cached normal, unused, is there one; padding; the same in float32
_LENGTH = 624
SIZE = _HEAD.size + 8 * _LENGTH + _TAIL.size
_NO_FLOAT = (0.0, 0)


class Mersenne:
    """The stream of one generator. `spare` is the second value of a Box-Muller pair, or None."""

    def __init__(self, seed):
        self.seed = seed
        key = np.random.RandomState(seed & 0xFFFFFFFF).get_state(legacy=False)["state"]["key"]
        self._bits = np.random.MT19937(0)
        self._place(key, _LENGTH)
        self._untouched = True  # PyTorch counts a fresh state's words from 0, a used-up one's from 624
        self.spare = None
        self._single = _NO_FLOAT  # kept for the bytes only: no CPU draw of PyTorch's uses it

    def _place(self, key, position):
        self._bits.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": position}}

    def words(self, count):
        """The next `count` words of 32 bits, as uint64."""
        if count:
            self._untouched = False
        return self._bits.random_raw(count)

    def longs(self, count):
        """The next `count` numbers of 64 bits: the first word of two is the upper half."""
        halves = self.words(2 * count)
        return (halves[::2] << np.uint64(32)) | halves[1::2]

    # -- as bytes ----------------------------------------------------------------------------------
    def to_bytes(self):
        state = self._bits.state["state"]
        used = 0 if self._untouched else int(state["pos"])
        left = 1 if self._untouched else _LENGTH + 1 - used
        head = _HEAD.pack(self.seed, left, 1, used)
        spare = (0.0, 0.0, 0.0, 0) if self.spare is None else (0.0, self.spare, 0.0, 1)
        return head + state["key"].astype("<u8").tobytes() + _TAIL.pack(*spare, 0, *self._single)

    @classmethod
    def from_bytes(cls, data):
        """Raises RuntimeError for anything but a state that PyTorch accepts."""
        if len(data) != SIZE:
            raise RuntimeError(f"Expected a CPUGeneratorImplState of size {SIZE} but found the input RNG state size to be "
                               f"{len(data)}")  # fmt: skip
        seed, left, seeded, used = _HEAD.unpack_from(data)
        if not seeded or not 0 < left <= _LENGTH or used > _LENGTH:
            raise RuntimeError("Invalid mt19937 state")
        made = cls(seed)
        key = np.frombuffer(data, "<u8", _LENGTH, _HEAD.size).astype(np.uint32)
        made._untouched = left == 1 and used == 0
        made._place(key, _LENGTH if left == 1 else used)
        _, spare, _, there, _, *single = _TAIL.unpack_from(data, _HEAD.size + 8 * _LENGTH)
        made.spare = spare if there else None
        made._single = tuple(single)
        return made
