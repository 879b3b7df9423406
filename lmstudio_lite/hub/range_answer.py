"""What a server answers to the wish for a range, and whether it fits what is known of the file. Pure.

RFC 9110, 14 and 15.3.7: 206 comes with Content-Range, 200 with the whole file, because the server knows no
ranges or because the file is not the one of the validator in If-Range (13.1.5). A hub's redirect names the
content besides: X-Linked-Etag is its SHA-256, X-Linked-Size its length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lmstudio_lite.hub.journal import FileFacts

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_SHA256 = re.compile(r'"?([0-9a-f]{64})"?')
_DIGITS = re.compile(r"\d{1,18}")


class Verdict(StrEnum):
    """``RANGE_IGNORED``: the whole file comes. ``OTHER_LENGTH``: the length is a lie, or another file's."""

    FITS = "fits"
    RANGE_IGNORED = "range_ignored"
    OTHER_LENGTH = "other_length"
    CHANGED = "changed"
    NONSENSE = "nonsense"


@dataclass(frozen=True, slots=True)
class RangeAnswer:
    """``start`` is where the body begins, ``size`` the whole file's length, 0 where it is not told."""

    verdict: Verdict
    start: int = 0
    size: int = 0
    sha256: str = ""
    etag: str = ""
    modified: str = ""


def judge_answer(
    status: int, headers: Mapping[str, str], hub_headers: Mapping[str, str], wanted: int, facts: FileFacts
) -> RangeAnswer:
    """Judge the answer to a wish for the bytes from ``wanted`` on; names of headers are in lower case."""
    if headers.get("content-encoding", "identity").lower() != "identity":
        return RangeAnswer(Verdict.NONSENSE)
    etag, modified = headers.get("etag", ""), headers.get("last-modified", "")
    found = _SHA256.fullmatch(hub_headers.get("x-linked-etag", "").strip().lower())
    sha256 = found[1] if found else ""
    if status == 206:
        told = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
        if told is None:
            return RangeAnswer(Verdict.NONSENSE)
        start, size = int(told[1]), int(told[3]) if told[3] != "*" else 0
        if start != wanted or int(told[2]) < start or (size and int(told[2]) >= size):
            return RangeAnswer(Verdict.NONSENSE)
    elif status == 200:
        length = headers.get("content-length", "").strip()
        start, size = 0, int(length) if _DIGITS.fullmatch(length) else 0
    else:
        return RangeAnswer(Verdict.NONSENSE)
    verdict = _verdict(facts, start, wanted, size, sha256, etag, modified)
    return RangeAnswer(verdict, start, size, sha256, etag, modified)


def _verdict(
    facts: FileFacts, start: int, wanted: int, size: int, sha256: str, etag: str, modified: str
) -> Verdict:
    if facts.sha256 and sha256 and sha256 != facts.sha256:
        return Verdict.CHANGED
    # Where the content is known by its hash, mirrors may name it as they like: the hash decides at the end.
    if not facts.sha256 and is_other_version(facts, etag, modified):
        return Verdict.CHANGED
    if facts.size and size and size != facts.size:
        return Verdict.OTHER_LENGTH
    return Verdict.FITS if start == wanted else Verdict.RANGE_IGNORED


def is_other_version(facts: FileFacts, etag: str, modified: str) -> bool:
    """Tell whether the validators are those of another version than the one that was begun."""
    if facts.etag and etag:
        return facts.etag.removeprefix("W/") != etag.removeprefix("W/")
    return bool(facts.modified and modified and facts.modified != modified)


def range_headers(start: int, end: int | None, facts: FileFacts) -> dict[str, str]:
    """Return the headers that ask for the bytes from ``start`` to before ``end`` of this very version.

    If-Range wants a strong validator (RFC 9110, 13.1.5); a weak one is compared when the answer is here.
    """
    headers = {"Range": f"bytes={start}-{'' if end is None else end - 1}"}
    is_strong = facts.etag.startswith('"')
    if start and not facts.sha256 and is_strong:
        headers["If-Range"] = facts.etag
    return headers
