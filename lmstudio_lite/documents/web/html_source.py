"""A page's text without a parser's tree: what stands between its tags, as a check on the tree.

A parser repairs what is broken and may drop what it can't place. The letters that stand between the tags are
counted here, apart from it; where the tree holds notably fewer, what it lacks is read from these pieces.
"""

from __future__ import annotations

import html
from collections.abc import Iterator

import regex
from lxml import etree

from lmstudio_lite.documents.web.html_tree import INLINE, TAG, Element, name_of

_UNSEEN = regex.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template|title|textarea|iframe|noembed|xmp)\b.*?(?:</\1\b[^>]*>|\Z)|<[!?][^>]*>",
    regex.DOTALL | regex.IGNORECASE,
)
_TAG = regex.compile(TAG)
_NO_LETTERS = regex.compile(r"[^\p{L}\p{N}]+")
_COUNTED_APART = frozenset(("script", "style", "template", "title", "textarea", "iframe", "noembed", "xmp"))
_SEARCHED_LENGTH = 10_000
_MOST_SEARCHES = 1000


def pieces_of_source(source: str) -> list[str]:
    """Return the texts between the tags of blocks, white space joined, empty ones left out."""
    text = _TAG.sub(_gap, _UNSEEN.sub(" ", source))
    pieces = (" ".join(html.unescape(piece).split()) for piece in text.split("\0"))
    return [piece for piece in pieces if piece]


def num_letters(text: str) -> int:
    return len(_NO_LETTERS.sub("", text))


def missing_pieces(root: Element, pieces: list[str]) -> list[str]:
    """Return the pieces of the source whose letters do not stand in the tree, in order."""
    in_tree = "".join(_texts(root))
    # Mostly the tree has all of it: that is told without looking at the letters.
    if len("".join(in_tree.split())) >= sum(len("".join(piece.split())) for piece in pieces):
        return []
    in_tree = _NO_LETTERS.sub("", in_tree)
    missing: list[str] = []
    position = num_searches = 0
    for piece in pieces:
        letters = _NO_LETTERS.sub("", piece)
        found = in_tree.find(letters, position, position + len(letters) + _SEARCHED_LENGTH)
        if found < 0 and num_searches < _MOST_SEARCHES:
            # A parser may have moved it: what can't stand in a table, say.
            num_searches += 1
            if letters in in_tree:
                continue
        if found < 0:
            missing.append(piece)
        else:
            position = found + len(letters)
    return missing


def _texts(root: Element) -> Iterator[str]:
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            if element.tail and element is not root:
                yield element.tail
        elif name_of(element) in _COUNTED_APART:
            walk.skip_subtree()
        elif element.text:
            yield element.text


def _gap(tag: regex.Match[str]) -> str:
    return "" if tag[2].lower() in INLINE else "\0"
