"""A flag that breaks off llama.cpp's computing, from any thread."""

from __future__ import annotations

import ctypes
import sys

import llama_cpp


class AbortFlag:
    """Watched by contexts; must live as long as they do."""

    def __init__(self) -> None:
        self._flag = ctypes.create_string_buffer(b"\0\0", 2)
        self._callback = _native_flag_reader()
        self._address = ctypes.cast(self._flag, ctypes.c_void_p)

    def watch(self, context: int) -> None:
        """Have ``llama_decode`` of ``context`` end soon when the flag is set."""
        llama_cpp.llama_set_abort_callback(context, self._callback, self._address)

    def set(self) -> None:
        """Break off the decode under way, or else the next one."""
        self._flag[0] = b"\1"

    def clear(self) -> None:
        self._flag[0] = b"\0"


def _native_flag_reader() -> object:
    """Return an abort callback that costs nothing: the C library's ``strlen`` on a two-byte flag.

    ggml asks after every graph node; a Python callback there would take the GIL a thousand times a
    token. ``strlen`` of "" is 0 (go on), of a set flag 1 (abort), and a C bool is that low byte.
    """
    library = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
    return ctypes.cast(library.strlen, llama_cpp.llama_cpp.ggml_abort_callback)
