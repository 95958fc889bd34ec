"""Where the programs under test are, and how they are run."""

import functools
import os
import pathlib

SRCDIR = pathlib.Path(os.environ.get(
    "HOLYSHEEP_SRCDIR", pathlib.Path(__file__).parents[2])).resolve()
BUILDDIR = pathlib.Path(os.environ.get("HOLYSHEEP_BUILDDIR", SRCDIR)).resolve()
MODE = os.environ.get("HOLYSHEEP_E2E_MODE", "")  # or valgrind, sanitizer


def built(name):
    """The path of a built file, in any folder of the build."""
    for folder in (".", ".libs", "doc", "src", "src/.libs", "tests/relay",
                   "tests/sim", "tests/bench", "tests/bench/.libs",
                   "tests/oconfig", "tests/oconfig/.libs"):
        path = BUILDDIR / folder / name
        if path.is_file():
            return path.resolve()
    ready_made = SRCDIR / "doc" / name
    if ready_made.is_file():
        return ready_made
    raise FileNotFoundError(f"{name} is not built in {BUILDDIR}")


@functools.cache
def is_sanitized(path):
    """Whether the file was compiled with the address sanitizer."""
    return b"__asan_init" in pathlib.Path(path).read_bytes()


@functools.cache
def slack():
    """The factor by which everything may take longer than usual."""
    if MODE == "valgrind":
        return 10
    try:
        return 4 if is_sanitized(built("holysheep.so")) else 1
    except FileNotFoundError:
        return 1


def timing():
    """Whether measured times are meaningful."""
    return slack() == 1
