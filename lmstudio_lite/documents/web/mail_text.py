"""Texts as mails carry them, to texts for reading: flowed lines, signed and encrypted passages, calendars."""

from __future__ import annotations

import regex

_WRAPPED_LINE = 60
_SIGNATURE = "-- "
_SIGNED = regex.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[^\n]+\n)*\n?(.*?)(?:-----BEGIN PGP SIGNATURE-----.*?"
    r"-----END PGP SIGNATURE-----\n?|\Z)",
    regex.DOTALL,
)
_ENCRYPTED = regex.compile(
    r"-----BEGIN PGP MESSAGE-----\n.*?(?:-----END PGP MESSAGE-----\n?|\Z)", regex.DOTALL
)
_DASHED = regex.compile(r"^- ", regex.MULTILINE)
_ENCLOSED = regex.compile(
    r"^begin [0-7]{3,4} ([^\n]{1,200})\n(?:[ -`][^\n]{0,90}\n)*?(?:`? ?\n)?end$", regex.MULTILINE
)
_ENRICHED_TAG = regex.compile(
    r"<(?:param>.*?</param|/?[A-Za-z-]{1,40})>|<(<)", regex.DOTALL | regex.IGNORECASE
)
_WORD = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]|[\p{L}\p{N}]+")
_ADDRESS = regex.compile(r"(?:https?://|www\.|mailto:)\S+")
_STUB = regex.compile(
    r"html|browser|navigat|navegador|浏览器|瀏覽器|ブラウザ|브라우저|браузер|متصفح", regex.IGNORECASE
)
_LONGEST_STUB = 500
_UNFOLDED = regex.compile(r"\n[ \t]")
_CALENDAR_LINE = regex.compile(r"([A-Za-z-]+(?:\.[A-Za-z-]+)?)((?:;[^:\"]*(?:\"[^\"]*\"[^:\"]*)*)?):(.*)")
_OF_INTEREST_NAMES = (
    "SUMMARY DTSTART DTEND DUE LOCATION DESCRIPTION ORGANIZER ATTENDEE STATUS COMMENT RRULE CONTACT "
    "CATEGORIES FN ORG TITLE TEL EMAIL ADR URL NOTE BDAY ROLE NICKNAME"
)
_OF_INTEREST = frozenset(_OF_INTEREST_NAMES.split())
_ESCAPED = regex.compile(r"\\([\\,;nN])")


def unflowed(text: str, *, is_flowed: bool, deletes_space: bool) -> str:
    """Return a text with its paragraphs on one line each if it is flowed (RFC 3676).

    Otherwise only the spaces before line ends go, which would end its lines.
    """
    lines = text.split("\n")
    if not is_flowed:
        return "\n".join(line.rstrip() if len(line) >= _WRAPPED_LINE else line for line in lines)
    joined: list[str] = []
    open_depth: int | None = None
    for line in lines:
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:]
        words = words.removeprefix(" ")
        is_soft = words.endswith(" ") and words != _SIGNATURE
        if is_soft and deletes_space:
            words = words[:-1]
        if open_depth == depth and words != _SIGNATURE:
            joined[-1] += words
        else:
            joined.append(f"{'>' * depth}{' ' if depth else ''}{words}")
        open_depth = depth if is_soft else None
    return "\n".join(map(str.rstrip, joined))


def without_armor(text: str) -> tuple[str, bool]:
    """Return a text without OpenPGP's frames around what is signed; tell whether something is encrypted."""
    if "-----BEGIN PGP" not in text:
        return text, False
    text, num_encrypted = _ENCRYPTED.subn("", text)
    return _SIGNED.sub(lambda found: _DASHED.sub("", found[1]), text), num_encrypted > 0


def without_enclosures(text: str) -> tuple[str, list[str]]:
    """Return a text without the files that old programs enclose in it (uuencode), and those files' names."""
    if "begin " not in text:
        return text, []
    names: list[str] = []

    def take(found: regex.Match[str]) -> str:
        names.append(found[1].strip())
        return ""

    return _ENCLOSED.sub(take, text), names


def plain_of_enriched(text: str) -> str:
    """Return the words of a text/enriched part (RFC 1896)."""
    words = _ENRICHED_TAG.sub(lambda tag: tag[1] or "", text)
    return str(regex.sub(r"(?<!\n)\n(?!\n)", " ", words)).replace("\n\n", "\n")


def entries_to_text(text: str) -> str:
    """Return what a calendar or address card (RFC 5545, 6350) says to people, a line for each entry of it."""
    lines: list[str] = []
    for line in _UNFOLDED.sub("", text).split("\n"):
        found = _CALENDAR_LINE.fullmatch(line.strip())
        if found is None:
            continue
        name = found[1].rpartition(".")[2].upper()
        if name == "BEGIN" and lines and lines[-1]:
            lines.append("")
        if name in _OF_INTEREST and found[3].strip(" ;"):
            lines.append(f"{name.capitalize()}: {_value(found[2], found[3])}")
    return "\n".join(lines).strip()


def share_said(text: str, other: str) -> float:
    """Return which share of the words of ``text``, but for addresses, stand in ``other`` as well."""
    words, others = (set(_WORD.findall(_ADDRESS.sub(" ", each.casefold()))) for each in (text, other))
    return len(words & others) / len(words) if words else 1.0


def is_word_to_old_programs(text: str) -> bool:
    """Tell whether a plain alternative says nothing but that the message is in HTML."""
    return len(text) < _LONGEST_STUB and _STUB.search(text) is not None


def size_in_words(num_bytes: int) -> str:
    """Return a size such as "12 kB": the same in every language."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if num_bytes >= factor:
            return f"{num_bytes / factor:.3g} {unit}"
    return f"{num_bytes} B"


def _value(parameters: str, value: str) -> str:
    name = regex.search(r";CN=\"?([^\";:]+)", parameters, regex.IGNORECASE)
    text = _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], value).strip(" ;")
    text = regex.sub(r"^mailto:", "", text, flags=regex.IGNORECASE)
    text = regex.sub(r"^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?$", _date, text)
    return f"{name[1]} <{text}>" if name else text


def _date(found: regex.Match[str]) -> str:
    day = f"{found[1]}-{found[2]}-{found[3]}"
    zone = " UTC" if found[6] else ""
    return f"{day} {found[4]}:{found[5]}{zone}" if found[4] else day
