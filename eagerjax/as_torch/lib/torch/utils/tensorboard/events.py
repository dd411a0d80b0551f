"""The format of TensorBoard's event files: protocol buffers, each in a record with checksums (CRC-32C, masked)."""

import struct
import time


def _table():
    made = []
    for i in range(256):
        for _ in range(8):
            i = (i >> 1) ^ (0x82F63B78 if i & 1 else 0)
        made.append(i)
    return made


_CRC = _table()


def checksum(data):
    """CRC-32C, masked as the format wants it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(data):
    """A record: length, its checksum, the data, its checksum."""
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", checksum(length)) + data + struct.pack("<I", checksum(data))


def varint(value):
    value &= (1 << 64) - 1
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])


def field(number, payload):
    """A field of bytes, a text or a message."""
    payload = payload.encode() if isinstance(payload, str) else payload
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def double(number, value):
    return varint(number << 3 | 1) + struct.pack("<d", value)


def version():
    """The first event of a file."""
    return double(1, time.time()) + field(3, "brain.Event:2")


def event(value, step=None, walltime=None):
    """Event: wall_time = 1, step = 2, summary = 5, whose values are its field 1."""
    head = double(1, time.time() if walltime is None else walltime)
    return head + (varint(2 << 3) + varint(int(step)) if step is not None else b"") + field(5, field(1, value))


def scalar(tag, number):
    """Summary.Value: tag = 1, simple_value = 2."""
    return field(1, tag) + varint(2 << 3 | 5) + struct.pack("<f", number)


def text(tag, content):
    """Summary.Value with a tensor of one string, for the plugin of texts."""
    tensor = varint(1 << 3) + varint(7) + field(2, field(2, varint(1 << 3) + varint(1))) + field(8, content)
    return field(1, tag) + field(9, field(1, field(1, "text"))) + field(8, tensor)
