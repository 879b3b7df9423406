"""Files of terms and of segments: what kind they are, and why one can't be read.

They are read in this process, on the thread of who asks: tables line by line, XML entry by entry
(``entries``), nothing that a file declares is followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lmstudio_lite.documents.charset.detection import Decoded, decode_as
from lmstudio_lite.documents.decoding import EncodingWish, decode_file
from lmstudio_lite.documents.opening import open_document
from lmstudio_lite.documents.structure.language import detect_language
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
    decoded = decode_file(path, content, EncodingWish(encoding))
    table = read_term_table(decoded.text, source, target)
    if table is None:
        raise NoTermsError(path=str(path), wanted="terms")
    return table if decoded.is_sure else _in_its_languages(table, content, decoded, source, target)


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


def _in_its_languages(
    table: TermsRead, content: bytes, decoded: Decoded, source: str, target: str
) -> TermsRead:
    """Return the terms in that of the encodings in question in which they are in their languages.

    A few words are little to tell an encoding by: two of Chinese in GB 18030 read as Korean.
    """
    for encoding in decoded.alternatives:
        found = read_term_table(decode_as(content, encoding), source, target)
        if found is not None and found.terms and _is_in(target, [term.target for term in found.terms]):
            return found
    return table


def _is_in(language: str, texts: list[str]) -> bool:
    return detect_language(" ".join(texts)) == language


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DocumentDamagedError(path=str(path), reason="unreadable") from error
