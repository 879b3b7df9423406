"""Which architectures the installed llama.cpp knows, told without loading it.

llama.cpp has no call that lists them; their names stand in its library as C strings (``LLM_ARCH_NAMES``). A
name counts as known if the library holds it with the zero that ends it. Linkers store a string that is the
end of another one only there, so what comes before a name tells nothing: a name that is the end of some other
text ("ama") counts as known, and then the loading says that it is not. A known one never counts as unknown.
"""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path

_LIBRARIES = ("libllama.so", "libllama.dylib", "llama.dll")


@functools.cache
def knows_architecture(name: str) -> bool:
    """Tell whether llama.cpp can load models whose ``general.architecture`` is ``name``.

    True where its library is not found: then the loading says it. Any thread; reads four megabytes.
    """
    library = _library()
    return not library or (bool(name) and name.encode("utf-8", "replace") + b"\0" in library)


def _library() -> bytes:
    found = importlib.util.find_spec("llama_cpp")
    if found is None or found.origin is None:
        return b""
    folder = Path(found.origin).parent / "lib"
    try:
        return next(((folder / name).read_bytes() for name in _LIBRARIES if (folder / name).is_file()), b"")
    except OSError:
        return b""
