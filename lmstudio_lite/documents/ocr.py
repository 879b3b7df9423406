"""Whether this machine can recognize text in pictures of pages: Tesseract's language data, if installed.

Kreuzberg brings the recognizer but no language data, and nothing is downloaded: who wants scans read
installs Tesseract with the system's package manager, and it is found here.
"""

from __future__ import annotations

import locale
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FOLDERS = (
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
    "/opt/local/share/tessdata",
    "C:/Program Files/Tesseract-OCR/tessdata",
)
_DEBIAN_FOLDER = "/usr/share/tesseract-ocr"
_NO_LANGUAGES = frozenset({"osd", "equ"})
_MOST_LANGUAGES = 3
_CODES = {"de": "deu", "fr": "fra", "es": "spa", "it": "ita", "pt": "por", "nl": "nld", "ru": "rus"}
_CODES |= {"zh": "chi_sim", "ja": "jpn", "ko": "kor", "ar": "ara", "pl": "pol", "uk": "ukr", "tr": "tur"}


@dataclass(frozen=True, slots=True)
class Recognizer:
    """``folder`` holds Tesseract's data, ``languages`` are its codes joined by ``+``."""

    folder: Path
    languages: str


def find_recognizer() -> Recognizer | None:
    """Return what there is, None without Tesseract. English and the user's own language come first."""
    for folder in _candidates():
        try:
            found = {path.stem for path in folder.glob("*.traineddata")} - _NO_LANGUAGES
        except OSError:
            continue
        if found:
            own = _CODES.get((locale.getlocale()[0] or "").partition("_")[0], "")
            ranked = sorted(found, key=lambda code: (code != own, code != "eng", code))
            return Recognizer(folder, "+".join(ranked[:_MOST_LANGUAGES]))
    return None


def _candidates() -> Iterator[Path]:
    chosen = os.environ.get("TESSDATA_PREFIX", "")
    if chosen:
        yield Path(chosen)
        yield Path(chosen, "tessdata")
    program = shutil.which("tesseract")
    if program:
        yield Path(program).resolve().parent / "tessdata"
        yield Path(program).resolve().parent.parent / "share" / "tessdata"
    yield from sorted(Path(_DEBIAN_FOLDER).glob("*/tessdata"), reverse=True)
    yield from map(Path, _FOLDERS)
