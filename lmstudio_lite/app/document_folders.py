"""Documents below a folder: which files are documents by their names, and which folders nobody means."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

DOCUMENT_SUFFIXES = (
    *("pdf", "docx", "doc", "odt", "rtf", "pptx", "ppt", "odp", "xlsx", "xls", "ods"),
    *("epub", "html", "htm", "xhtml", "mht", "mhtml", "webarchive", "md", "markdown", "txt"),
    *("eml", "emlx", "mbox", "msg", "csv", "tsv", "srt", "vtt", "ipynb", "fb2"),
)
_LEFT_OUT_FOLDERS = frozenset(("node_modules", "__pycache__", "venv", "site-packages"))


def documents_below(folder: Path, suffixes: Collection[str] = DOCUMENT_SUFFIXES) -> Iterator[Path]:
    """Yield the files below ``folder`` whose names end so, sorted within each folder.

    Hidden files and folders are left out, and what programs keep for themselves; links to folders are not
    followed. What can't be listed is passed over.
    """
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_passed_over(name))
        for name in sorted(names):
            if not name.startswith(".") and name.rpartition(".")[2].lower() in suffixes:
                yield Path(parent, name)


def _is_passed_over(folder_name: str) -> bool:
    return folder_name.startswith(".") or folder_name in _LEFT_OUT_FOLDERS
