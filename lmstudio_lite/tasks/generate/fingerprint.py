"""A short text that another version of the code and the words has not: what it made before is made anew.

What is kept of a generated text was tidied and judged by code and asked for in words. A number that somebody
must remember to raise is forgotten some day, so the compiled code itself is summed; comments and line numbers
are no part of it. Not for keys that must last: another Python compiles the same code to another sum.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator, Sequence
from types import CodeType

from lmstudio_lite import __version__
from lmstudio_lite.paths import resources


@functools.cache
def fingerprint_of(packages: tuple[str, ...], folders: tuple[str, ...]) -> str:
    """Sum the code of all modules in ``packages``, and the files in ``folders`` of the resources."""
    total = hashlib.sha256(__version__.encode())
    for package in packages:
        for name in _modules(package):
            spec = importlib.util.find_spec(name)
            get_code = getattr(spec.loader, "get_code", None) if spec else None
            code = get_code(name) if get_code else None
            total.update(repr((name, _described(code))).encode("utf-8", "surrogatepass"))
    for folder in folders:
        for file in sorted((resources() / folder).rglob("*.toml")):
            total.update(file.name.encode() + file.read_bytes())
    return total.hexdigest()[:16]


def _modules(package: str) -> Sequence[str]:
    paths = importlib.import_module(package).__path__
    return sorted(each.name for each in pkgutil.walk_packages(paths, f"{package}."))


def _described(value: object) -> object:
    """Return what a constant or a code object is made of, in the same order in every process."""
    match value:
        case CodeType():
            return tuple(_parts_of(value))
        case tuple():
            return tuple(_described(each) for each in value)
        case frozenset():
            return sorted(repr(each) for each in value)
        case _:
            return repr(value)


def _parts_of(code: CodeType) -> Iterator[object]:
    yield from (code.co_name, code.co_code.hex(), code.co_names, code.co_varnames)
    yield _described(code.co_consts)
