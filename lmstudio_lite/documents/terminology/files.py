"""Files of terms and of segments: what kind they are, and why one can't be read.

They are read in this process, on the thread of who asks: tables line by line, XML entry by entry
(``entries``), nothing that a file declares is followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lmstudio_lite.documents.decoding import EncodingWish, decode_file
from lmstudio_lite.documents.opening import open_document
from lmstudio_lite.documents.terminology.reading import TermsRead
from lmstudio_lite.documents.terminology.segment_pairs import read_segment_pairs
from lmstudio_lite.documents.terminology.term_table import read_term_table
from lmstudio_lite.documents.terminology.termbase import read_termbase
from lmstudio_lite.domain.glossary import LeftOut
from lmstudio_lite.domain.translation_memory import MemoryEntry
from lmstudio_lite.errors import DocumentDamagedError, DocumentTooLargeError, NoTermsError

TABLE_BYTES_MAX = 64 << 20


def read_terms(path: Path, source: str, target: str, encoding: str = "") -> TermsRead:
    """Read the terms of a CSV, TSV or TBX file for a pair of languages; waits.

    Raises:
        DocumentError: it can't be read, or is none of these.
    """
    with open_document(path) as file, _reading(path):
        terms = read_termbase(file, source, target)
        if terms is not None:
            return terms
        file.seek(0)
        content = file.read(TABLE_BYTES_MAX + 1)
    if len(content) > TABLE_BYTES_MAX:
        raise DocumentTooLargeError(
            path=str(path), size_bytes=path.stat().st_size, limit_bytes=TABLE_BYTES_MAX
        )
    table = read_term_table(decode_file(path, content, EncodingWish(encoding)).text, source, target)
    if table is None:
        raise NoTermsError(path=str(path), wanted="terms")
    return table


@contextmanager
def open_segment_pairs(path: Path, source: str, target: str) -> Iterator[Iterator[MemoryEntry | LeftOut]]:
    """Give the segments of a TMX file for a pair of languages as they are read.

    Raises:
        DocumentError: it can't be read, or is no TMX.
    """
    with open_document(path) as file, _reading(path):
        pairs = read_segment_pairs(file, source, target)
        if pairs is None:
            raise NoTermsError(path=str(path), wanted="segments")
        yield pairs


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DocumentDamagedError(path=str(path), reason="unreadable") from error
