"""What the system says when files can't be changed, as the errors that people read."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from lmstudio_lite.errors import AppError, DiskFullError, ModelChangeError, ModelNotFoundError

_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
_CLOSED = frozenset((errno.EACCES, errno.EPERM, errno.EROFS))
_GONE = frozenset((errno.EIO, errno.ENODEV, errno.ENXIO, errno.ESTALE, errno.ENOTCONN))
_SHARING_VIOLATION, _LOCK_VIOLATION = 32, 33
"""Windows' numbers for a file that another program, or we, hold open."""


def refusal(error: OSError, path: Path) -> AppError:
    """Return what ``error``, met while ``path`` was read, written or renamed, means.

    ``ModelChangeError.reason``: exists, read_only, too_large (for the file system), name_too_long,
    drive_gone, in_use, refused.
    """
    if getattr(error, "winerror", None) in (_SHARING_VIOLATION, _LOCK_VIOLATION):
        return ModelChangeError(path=str(path), reason="in_use")
    if error.errno in _FULL:
        return DiskFullError(path=str(path))
    if error.errno == errno.ENOENT:
        # A drive that was pulled out looks like files that were deleted: the folder tells.
        is_file_gone = os.path.isdir(path.parent)
        if is_file_gone:
            return ModelNotFoundError(path=str(path))
        return ModelChangeError(path=str(path), reason="drive_gone")
    reasons = {
        **dict.fromkeys(_CLOSED, "read_only"),
        **dict.fromkeys(_GONE, "drive_gone"),
        errno.EFBIG: "too_large",
        errno.ENAMETOOLONG: "name_too_long",
        errno.EEXIST: "exists",
        errno.ENOTEMPTY: "exists",
    }
    detail = {"detail": error.strerror} if error.strerror else {}
    return ModelChangeError(path=str(path), reason=reasons.get(error.errno or 0, "refused"), **detail)
