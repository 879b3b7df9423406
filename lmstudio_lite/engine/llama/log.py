"""llama.cpp's log as Python logging, and its last complaint as the reason a load failed."""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import llama_cpp

_logger = logging.getLogger(__name__)
_LEVEL_INFO, _LEVEL_ERROR = 2, 4
_last_errors: list[str] = []
_recorded: list[str] | None = None


def _on_log(level: int, text: bytes, _user: ctypes.c_void_p) -> None:
    line = text.decode("utf-8", "replace").rstrip()
    if not line:
        return
    if level == _LEVEL_ERROR:
        _last_errors.append(line)
        del _last_errors[:-8]
    if _recorded is not None and level == _LEVEL_INFO:
        _recorded.append(line)
    _logger.debug("%s", line)


# llama.cpp keeps the pointer; a collected callback would be a segfault.
_CALLBACK = llama_cpp.llama_log_callback(_on_log)


def install() -> None:
    """Send llama.cpp's lines to the logger of this module, at DEBUG."""
    llama_cpp.llama_log_set(_CALLBACK, ctypes.c_void_p(0))


def take_last_error() -> str:
    """Return the first error line since the last call ("" if none) and forget them all."""
    first = _last_errors[0] if _last_errors else ""
    _last_errors.clear()
    return first


@contextmanager
def recording() -> Iterator[list[str]]:
    """Collect what llama.cpp says of its work meanwhile, a list of lines; for one thread at a time."""
    global _recorded
    before, _recorded = _recorded, []
    try:
        yield _recorded
    finally:
        _recorded = before
