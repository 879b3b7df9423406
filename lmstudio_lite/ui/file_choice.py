"""Which files a tab takes: the filters of its dialog, and what is inside a dropped folder."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from lmstudio_lite.app.document_folders import DOCUMENT_SUFFIXES, documents_below
from lmstudio_lite.words.translate import tr

_PICTURE_SUFFIXES = ("png", "jpg", "jpeg", "tif", "tiff")
"""Read by Tesseract where it is installed, if chosen one by one: a folder's pictures are seldom documents."""
_TEXT_SUFFIXES = (
    *("py", "js", "ts", "java", "c", "h", "cc", "cpp", "hpp", "cs", "go", "rs", "rb", "php", "swift", "kt"),
    *("scala", "sh", "ps1", "sql", "r", "jl", "lua", "pl", "tex", "rst", "org", "adoc", "log"),
    *("json", "yaml", "yml", "toml", "xml", "ini", "cfg"),
)
"""Source code and the like: what a folder without documents is dropped for."""
KEPT_SUFFIXES = (
    "po",
    "pot",
    "xlf",
    "xliff",
    "json",
    "yaml",
    "yml",
    "ass",
    "ssa",
    "arb",
    "odg",
    "docm",
    "pptm",
    "xlsm",
)
"""Of further files that are translated in place."""
_FOLDER_LIMIT = 500


def open_filters(more_suffixes: Sequence[str] = ()) -> list[str]:
    """Return the name filters of an open dialog, documents first; ``more_suffixes`` are of documents, too."""
    suffixes = (*DOCUMENT_SUFFIXES, *more_suffixes, *_PICTURE_SUFFIXES)
    patterns = " ".join(f"*.{suffix}" for suffix in suffixes)
    documents = tr("Documents")
    everything = tr("All files")
    return [f"{documents} ({patterns})", f"{everything} (*)"]


def expand_folders(paths: Sequence[Path], more_suffixes: Sequence[str] = ()) -> list[Path]:
    """Replace each folder by the documents below it, sorted, hidden ones left out, at most 500 a folder.

    ``more_suffixes`` are taken for documents as well. Of a folder without any its source code is taken.

    Files stay as they are, even those no reader knows: whoever chose one is told why it can't be read.
    Not for the GUI thread.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = _some_below(path, (*DOCUMENT_SUFFIXES, *more_suffixes))
            found.extend(inside or _some_below(path, _TEXT_SUFFIXES))
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def _some_below(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    return list(islice(documents_below(folder, suffixes), _FOLDER_LIMIT))
