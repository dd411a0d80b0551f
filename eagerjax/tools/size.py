"""Lines of Python per folder, and the files that are too long. Exit status 1 if there is one.

python -m eagerjax.tools.size [FOLDER ...]
"""

import pathlib
import sys

LIMIT = 600
FOLDERS = ("eagerjax", "tests", "examples", "benchmarks")


def lines_of(folder):
    """{path: lines} of the Python files below a folder."""
    return {path: path.read_bytes().count(b"\n") for path in sorted(pathlib.Path(folder).rglob("*.py"))}


def per_folder(lines):
    """{folder, two levels deep: (files, lines)}."""
    found = {}
    for path, count in lines.items():
        key = "/".join(path.parts[:-1][:2])
        files, total = found.get(key, (0, 0))
        found[key] = (files + 1, total + count)
    return found


def main(folders):
    lines = {path: count for folder in folders for path, count in lines_of(folder).items()}
    for folder, (files, count) in sorted(per_folder(lines).items()):
        print(f"{count:7,} lines in {files:3} files  {folder}")
    print(f"{sum(lines.values()):7,} lines in {len(lines):3} files")
    too_long = {path: count for path, count in lines.items() if count > LIMIT}
    for path, count in too_long.items():
        print(f"{path}: {count} lines, more than {LIMIT}: it holds more than one idea")
    return int(bool(too_long))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [f for f in FOLDERS if pathlib.Path(f).is_dir()]))
