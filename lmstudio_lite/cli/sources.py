"""Whether a word of the command line is a file's name or a text, and the name that was probably meant.

``translate`` takes both in one place. ``--text`` and ``-`` say which; without them a word is guessed to be a
text only where nobody would take it for a file's name, so that a name that was mistyped is not translated.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

_NAME_LENGTH_MAX = 255
_NAMES_COMPARED = 5_000
_ALIKE = 0.75
_PATH_START = re.compile(r"(?:[/\\]|~[/\\]?|\.{1,2}[/\\]|[A-Za-z]:[/\\])")
_SUFFIX = re.compile(r"[^.\s]\.[A-Za-z][A-Za-z0-9]{0,9}\Z")
_KNOWN_SUFFIX = re.compile(
    r"\.(?:pdf|docx?|odt|rtf|pptx?|odp|xlsx?|xlsm|ods|epub|x?html?|mht|mhtml|webarchive|md|markdown|txt"
    r"|emlx?|mbox|msg|csv|tsv|srt|vtt|ipynb|fb2|png|jpe?g|tiff?|log|tex|rst|org|adoc|jsonl?|ya?ml|toml|xml|ini|cfg)\Z",
    re.IGNORECASE,
)


def is_file_name(word: str) -> bool:
    """Tell whether ``word`` can only be meant as a file's name: one that is there, or one that looks so.

    It looks so with a suffix or a separator and no space; with spaces, where it begins as a path does, lies
    in a folder that is there or ends as documents do; and where a file in this folder has nearly that name.
    """
    if is_there(word):
        return True
    is_long = max(map(len, re.split(r"[/\\]", word))) > _NAME_LENGTH_MAX
    if "\n" in word or not word.strip() or is_long:
        return False
    if _PATH_START.match(word):
        return True
    if re.search(r"\s", word):
        folder = Path(word).parent
        return bool(_KNOWN_SUFFIX.search(word)) or (folder != Path() and is_there(str(folder)))
    looks_so = _SUFFIX.search(word) or re.search(r"[/\\]", word)
    return bool(looks_so or nearest_file(Path(word)))


def is_there(name: str) -> bool:
    """Tell whether something has that name, a link that leads nowhere included."""
    try:
        return os.path.lexists(os.path.expanduser(name))
    except (OSError, ValueError):
        return False


def nearest_file(path: Path) -> str:
    """Return the name in the folder of ``path`` that is most like its own, "" where none is."""
    try:
        with os.scandir(path.parent) as entries:
            names = [entry.name for entry in islice(entries, _NAMES_COMPARED)]
    except (OSError, ValueError):
        return ""
    return nearest(path.name, (name for name in names if not name.startswith(".")))


def nearest(name: str, names: Iterable[str]) -> str:
    """Return which of ``names`` is most like ``name`` in spelling, "" where none is alike."""
    by_folded = {known.casefold(): known for known in names}
    found = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=_ALIKE)
    return by_folded[found[0]] if found else ""
