"""What stands in an XLIFF source or target: words, and codes that are marks, however they are nested.

XLIFF 1.2 (OASIS, section 2.3, inline elements) and 2.1 (section 4.2.3 and 4.3, inline content): what encloses
words (``g``, ``pc``, ``mrk``, the pairs of ``bpt`` and ``ept``, ``bx`` and ``ex``, ``sc`` and ``ec``) is a
span, all else an object with whatever it holds.
"""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.documents.rewriting.inline import Token, TokenKind, single
from lmstudio_lite.documents.rewriting.message import escaped_tokens, message_tokens
from lmstudio_lite.documents.rewriting.xml_pieces import Piece, PieceKind, escape_xml
from lmstudio_lite.domain.units import MarkKind

_AROUND = frozenset({"g", "pc", "mrk"})
_OPENING = {"bpt": ("rid", "id"), "bx": ("rid", "id"), "sc": ("id",)}
_CLOSING = {"ept": ("rid", "id"), "ex": ("rid", "id"), "ec": ("startRef", "id")}
_PARTNER = {"ept": "bpt", "ex": "bx", "ec": "sc"}


def tokens_of_content(pieces: Sequence[Piece], *, keeps_blanks: bool) -> list[Token]:
    """Return the tokens of what stands in an element; ``keeps_blanks``: line ends in it are real ones."""
    tokens: list[Token] = []
    words = ""
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        if piece.kind in (PieceKind.TEXT, PieceKind.CDATA):
            words += piece.words
            at += 1
            continue
        tokens += _word_tokens(words, keeps_blanks=keeps_blanks)
        words = ""
        end = _end_of(pieces, at)
        token, at = _token(pieces, at, end)
        tokens.append(token)
    return [*tokens, *_word_tokens(words, keeps_blanks=keeps_blanks)]


def _word_tokens(words: str, *, keeps_blanks: bool) -> list[Token]:
    return escaped_tokens(message_tokens(words, has_breaks=keeps_blanks), escape_xml)


def _end_of(pieces: Sequence[Piece], at: int) -> int:
    """Return the number of the piece that ends the element which ``pieces[at]`` begins."""
    first = pieces[at]
    if first.kind is not PieceKind.START:
        return at
    for number in range(at + 1, len(pieces)):
        if pieces[number].kind is PieceKind.END and pieces[number].depth == first.depth:
            return number
    return len(pieces) - 1


def _token(pieces: Sequence[Piece], at: int, end: int) -> tuple[Token, int]:
    """Return the token of the piece ``at``, and which piece is next."""
    piece, name = pieces[at], pieces[at].local_name
    if piece.kind is PieceKind.END:  # of what is around words
        return Token(TokenKind.CLOSE, piece.raw, name=f"{name} {piece.depth}", is_element=True), at + 1
    raw = "".join(inner.raw for inner in pieces[at : end + 1])
    if name == "mrk" and piece.attribute("translate") == "no" and piece.kind is PieceKind.START:
        words = "".join(
            inner.words for inner in pieces[at : end + 1] if inner.kind in (PieceKind.TEXT, PieceKind.CDATA)
        )
        if words.strip():
            return Token(TokenKind.KEPT, raw, words, "mrk", MarkKind.SPAN), end + 1
    if name in _AROUND and piece.kind is PieceKind.START:
        key = f"{name} {piece.depth}"
        return Token(TokenKind.OPEN, piece.raw, name=key, mark=MarkKind.SPAN, is_element=True), at + 1
    if name in _OPENING:
        key = f"{name} {_key(piece, _OPENING[name])}"
        return Token(TokenKind.OPEN, raw, name=key, mark=MarkKind.SPAN), end + 1
    if name in _CLOSING:
        key = f"{_PARTNER[name]} {_key(piece, _CLOSING[name])}"
        return Token(TokenKind.CLOSE, raw, name=key), end + 1
    return single(raw, name), end + 1


def _key(piece: Piece, names: Sequence[str]) -> str:
    return next((value for name in names if (value := piece.attribute(name))), "")
