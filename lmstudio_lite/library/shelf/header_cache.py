"""What headers said, remembered on the disk, so that a second start lists models without opening any.

An entry counts as long as the files' sizes and times of change stay; the whole file is forgotten when the
program that reads it describes models in another form. It is a cache: a damaged one is an empty one.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import msgspec

from lmstudio_lite.domain.models import ModelFile
from lmstudio_lite.domain.shelf import ModelKind, ModelTraits
from lmstudio_lite.errors import StorageError
from lmstudio_lite.files import read_regular
from lmstudio_lite.library.shelf.describing import Description
from lmstudio_lite.paths import replace_file

log = logging.getLogger(__name__)

_FORM = ",".join(
    [
        "2",
        *(field.name for field in (*fields(ModelFile), *fields(ModelTraits))),
        *(kind.value for kind in ModelKind),
    ]
)
_MAX_BYTES = 64 << 20
_MAX_ENTRIES = 20_000


@dataclass(frozen=True, slots=True)
class _Known:
    signature: str
    description: Description | None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class _Kept:
    form: str
    entries: dict[str, _Known]


class HeaderCache:
    """Thread-safe. ``file`` None remembers for this process only."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._entries: dict[str, _Known] | None = None
        self._is_changed = False

    def description(self, path: Path, signature: str) -> Description | None:
        """Return what the header of the unchanged file at ``path`` said, None if it was not read yet."""
        with self._lock:
            known = self._loaded().get(str(path))
            return known.description if known is not None and known.signature == signature else None

    def given_name(self, path: Path) -> str:
        """Return what its store called the file at ``path`` when it was last described, "" for nothing."""
        with self._lock:
            known = self._loaded().get(str(path))
            return known.description.given_name if known is not None and known.description is not None else ""

    def fingerprint(self, path: Path, signature: str) -> str:
        """Return the fingerprint of the unchanged file at ``path``, "" if it was not taken yet."""
        with self._lock:
            known = self._loaded().get(str(path))
            return known.fingerprint if known is not None and known.signature == signature else ""

    def remember(
        self, path: Path, signature: str, *, description: Description | None = None, fingerprint: str = ""
    ) -> None:
        """Keep what is known of the file at ``path``; what is not given stays as it was."""
        with self._lock:
            entries = self._loaded()
            before = entries.pop(str(path), None)
            if before is not None and before.signature == signature:
                description = description or before.description
                fingerprint = fingerprint or before.fingerprint
            entries[str(path)] = _Known(signature, description, fingerprint)
            self._is_changed = True

    def save(self) -> None:
        """Write what changed to the disk; one that refuses costs the next start its speed, nothing else."""
        if self._file is None:
            return
        with self._lock:
            if not self._is_changed or self._entries is None:
                return
            kept = list(self._entries.items())[-_MAX_ENTRIES:]
            self._is_changed = False
        try:
            content = msgspec.json.encode(_Kept(_FORM, dict(kept)), enc_hook=_encode_path)
            replace_file(self._file, content)
        except (StorageError, ValueError) as error:
            log.info("the models' headers could not be remembered: %s", error)

    def _loaded(self) -> dict[str, _Known]:
        if self._entries is None:
            self._entries = _read(self._file) if self._file is not None else {}
        return self._entries


def _read(file: Path) -> dict[str, _Known]:
    try:
        kept = msgspec.json.decode(read_regular(file, _MAX_BYTES), type=_Kept, dec_hook=_decode_path)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
        log.info("the models' headers are read again: %s", error)
        return {}
    return kept.entries if kept.form == _FORM else {}


def _encode_path(value: Any) -> str:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError


def _decode_path(kind: type, value: Any) -> Any:
    if issubclass(kind, Path):
        return Path(value)
    raise NotImplementedError
