"""A name for a model file's content, found in milliseconds: it stays when the file is moved or copied.

The length, the header's first mebibyte and samples spread over the tensors are hashed. Two files that
differ only between the samples would share a name, which no writer of models produces; who must be
certain compares SHA-256.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from lmstudio_lite.errors import ModelFileError, ModelNotFoundError
from lmstudio_lite.files import IrregularFileError, open_regular

_HEADER_BYTES = 1 << 20
_SAMPLE_BYTES = 4096
_NUM_SAMPLES = 32


def fingerprint(path: Path) -> str:
    """Return 32 hexadecimal digits that name the content of the file at ``path``; of a split model its first.

    Raises:
        ModelNotFoundError: there is no such file.
        ModelFileError: the system refuses to read it ("unreadable"), or it is a folder, a pipe or a device
            ("not_a_file").
    """
    try:
        with open_regular(path) as file:
            size_bytes = file.seek(0, 2)
            found = hashlib.blake2b(size_bytes.to_bytes(8, "little"), digest_size=16)
            file.seek(0)
            found.update(file.read(_HEADER_BYTES))
            for number in range(1, _NUM_SAMPLES + 1):
                at = size_bytes * number // _NUM_SAMPLES - _SAMPLE_BYTES
                if at > _HEADER_BYTES:
                    file.seek(at)
                    found.update(file.read(_SAMPLE_BYTES))
    except FileNotFoundError:
        raise ModelNotFoundError(path=str(path)) from None
    except IrregularFileError:
        raise ModelFileError(path=str(path), reason="not_a_file") from None
    except (OSError, ValueError):
        raise ModelFileError(path=str(path), reason="unreadable") from None
    return found.hexdigest()
