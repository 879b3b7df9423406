"""Files that other programs packed into an OLE object ([MS-OLEDS]), as office files hold them."""

from __future__ import annotations

import io
import ntpath
import struct

import olefile

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NATIVE, _PACKAGE, _CONTENTS = "\x01Ole10Native", "Package", "CONTENTS"
_OLE_ERRORS = (OSError, ValueError, IndexError, KeyError, struct.error)


def unpacked(content: bytes, name: str) -> tuple[bytes, str]:
    """Return the file in an object with its name; ``content`` itself where it holds none."""
    if not content.startswith(_MAGIC):
        return content, name
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as archive:
            if archive.exists(_NATIVE):
                return _native_file(archive.openstream(_NATIVE).read()) or (content, name)
            for stream in (_PACKAGE, _CONTENTS):
                if archive.exists(stream):
                    inner: bytes = archive.openstream(stream).read()
                    return inner, name
    except _OLE_ERRORS:
        return content, name
    return content, name


def _native_file(stream: bytes) -> tuple[bytes, str] | None:
    """Return what the packager of Windows packed: two names, a path, then the file."""
    label, _, rest = stream[6:].partition(b"\0")
    _, _, rest = rest.partition(b"\0")
    if len(rest) < 8:
        return None
    (length,) = struct.unpack_from("<I", rest, 4)
    rest = rest[8 + length :]
    if len(rest) < 4:
        return None
    (size,) = struct.unpack_from("<I", rest)
    return rest[4 : 4 + size], ntpath.basename(label.decode("cp1252", "replace"))
