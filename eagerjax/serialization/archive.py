"""The container of PyTorch's files: a zip archive whose members are stored, not compressed, and begin at multiples of 64.

name/data.pkl   name/byteorder   name/data/0, name/data/1, ...   name/version
"""

import contextlib
import hashlib
import struct
import sys
import zipfile

import numpy as np

ALIGNMENT = 64
_ZIP64 = (1 << 31) - 1
_DATE = (1980, 1, 1, 0, 0, 0)


class Writer:
    """Writes members one after the other; `file` can seek."""

    def __init__(self, file, name):
        self.file = file
        self.name = name
        self.zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True)
        self.digest = hashlib.sha1(usedforsecurity=False)

    def write(self, name, data):
        """One member; `data` is bytes or a flat uint8 array."""
        info = zipfile.ZipInfo(f"{self.name}/{name}", _DATE)
        info.file_size = len(data)
        info.extra = self.padding(info)
        with self.zip.open(info, "w", force_zip64=len(data) > _ZIP64) as member:
            member.write(memoryview(data))
        self.digest.update(name.encode())
        self.digest.update(struct.pack("<Q", info.CRC))

    def padding(self, info):
        """An extra field, of the kind PyTorch uses, that makes the member's data begin at a multiple of 64."""
        header = 30 + len(info.filename.encode()) + (20 if info.file_size > _ZIP64 else 0) + 4
        fill = -(self.file.tell() + header) % ALIGNMENT
        return struct.pack("<2sH", b"FB", fill) + b"Z" * fill

    def close(self):
        self.write("version", b"3\n")
        self.write(".data/serialization_id", f"{int(self.digest.hexdigest(), 16) % 10**40:040d}".encode())
        self.zip.close()


def write(file, name, pickled, storages, byteorder=True):
    """A whole archive of a pickle and its storages."""
    writer = Writer(file, name)
    try:
        writer.write("data.pkl", pickled)
        writer.write(".format_version", b"1")
        writer.write(".storage_alignment", str(ALIGNMENT).encode())
        if byteorder:
            writer.write("byteorder", sys.byteorder.encode())
        for storage in storages:
            writer.write(f"data/{storage.key}", storage.raw())
        writer.close()
    except BaseException:
        with contextlib.suppress(OSError, ValueError):  # the file is given up; what failed is raised
            writer.zip.close()
        raise


class Reader:
    """Reads members by name. Every claim of the directory is checked against the file before memory is taken."""

    def __init__(self, file):
        self.size = file.seek(0, 2)
        file.seek(0)
        try:
            self.zip = zipfile.ZipFile(file)
        except (
            zipfile.BadZipFile,
            zipfile.LargeZipFile,
            struct.error,
            ValueError,
            EOFError,
            NotImplementedError,
        ) as error:
            raise damaged(error) from None
        self.members = {}
        for info in self.zip.infolist():
            self.check(info)
            self.members[info.filename] = info
        roots = {name.split("/", 1)[0] for name in self.members}
        if len(roots) != 1:
            raise damaged("the archive has no single folder at its root")
        self.root = roots.pop()

    def check(self, info):
        parts = info.filename.split("/")
        if info.filename in self.members:
            raise damaged(f"the member {info.filename!r} is there twice")
        if ".." in parts or parts[0] in ("", ".") or "\\" in info.filename or ":" in parts[0]:
            raise damaged(f"the member {info.filename!r} points out of the archive")
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
            raise damaged(f"the member {info.filename!r} is compressed or encrypted; PyTorch's files never are")
        if info.file_size != info.compress_size or info.header_offset + info.file_size > self.size:
            raise damaged(f"the member {info.filename!r} claims {info.file_size} bytes, more than the file has")

    def has(self, name):
        return f"{self.root}/{name}" in self.members

    def read(self, name):
        """A member's bytes, as a private flat uint8 array. Raises RuntimeError if it is missing or damaged."""
        info = self.members.get(f"{self.root}/{name}")
        if info is None:
            raise damaged(f"file not found: {self.root}/{name}")
        data = np.empty(info.file_size, np.uint8)
        try:
            with self.zip.open(info) as member:
                at = 0
                while at < len(data):
                    got = member.readinto(memoryview(data)[at:])
                    if not got:
                        raise EOFError(f"the member {info.filename!r} ends early")
                    at += got
                member.read(1)  # the end is where the checksum is compared
        except (zipfile.BadZipFile, EOFError, struct.error, ValueError, NotImplementedError) as error:
            raise damaged(error) from None
        return data

    def storage(self, key, nbytes, itemsize):
        """The bytes of a storage, in this machine's byte order."""
        data = self.read(f"data/{key}")
        if len(data) != nbytes:
            raise damaged(f"the storage {key} has {len(data)} bytes, where {nbytes} are asked for")
        return swapped(data, itemsize) if self.byteorder() != sys.byteorder else data

    def byteorder(self):
        return bytes(self.read("byteorder")).decode("ascii", "replace").strip() if self.has("byteorder") else "little"


def swapped(data, itemsize):
    """The same numbers in the other byte order."""
    return np.ascontiguousarray(data.reshape(-1, itemsize)[:, ::-1]).reshape(-1)


def damaged(what):
    """The error of a file that is no whole archive."""
    return RuntimeError(f"PytorchStreamReader failed reading zip archive: {what}")
