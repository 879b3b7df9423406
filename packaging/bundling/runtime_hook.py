"""Runs first in the frozen program: what it starts must not inherit its private libraries.

PyInstaller points LD_LIBRARY_PATH at the bundle before Python starts and keeps the user's own value in
LD_LIBRARY_PATH_ORIG. The loader has read it by now; a file manager or browser opened from here would
otherwise load our Qt or OpenMP. Our own children start with PyInstaller's loader, which sets it again.
"""

import os

_original = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
if _original is not None:
    os.environ["LD_LIBRARY_PATH"] = _original
else:
    os.environ.pop("LD_LIBRARY_PATH", None)
