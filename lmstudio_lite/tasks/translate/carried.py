"""What a translation carries over letter for letter: addresses, placeholders, code, markup.

Models alter them now and then: an address loses a parameter, a placeholder is translated, so that a program
that reads the text fails. Where there are as many of a kind as in the source, what was altered is put back;
what is missing or was added is told.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import regex

_TAGS = [
    *(
        "a",
        "abbr",
        "b",
        "big",
        "blockquote",
        "br",
        "c",
        "center",
        "cite",
        "code",
        "del",
        "details",
        "div",
        "em",
    ),
    *(
        "font",
        "g",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
    ),
    *(
        "ph",
        "pre",
        "q",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "summary",
        "sup",
    ),
    *(
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "tt",
        "u",
        "ul",
        "v",
        "var",
        "video",
        "wbr",
        "x",
        "B",
        "I",
        "U",
    ),
]
"""Of HTML, WebVTT and XLIFF. Other words in angle brackets are names for what a reader puts there."""
_CARRIED = regex.compile(
    r"""
    (?P<code> (?<!`)(?P<tick>`+)(?![`\s])[^`\n](?:[^\n]*?[^`\s])?(?P=tick)(?!`) )
    | (?<=\]\() (?P<target> [^()\s<>]+ (?:\([^()\s]*\)[^()\s]*)* ) (?=\)|\s+["'(])
    | (?P<reference> (?<!\])\[[^\[\]\n]{1,80}\]\[\] | (?<=\])\[[^\[\]\n]{1,80}\] | \[\^[^\[\]\s]{1,40}\] )
    | (?P<address> (?:https?|ftp|file)://[^\s<>"'`()\[\]{}|]+ (?:\([^\s()]*\)[^\s<>"'`()\[\]{}|]*)*
        (?<![.,;:!?…]) | mailto:[^\s<>]+ (?<![.,;:!?])
        | (?<![\w.])www\.[\w.-]+\w(?:/[^\s<>"'()]*)?(?<![.,;:!?]) )
    | (?P<mail> [\w.+%-]+@[\w-]+(?:\.[\w-]+)+ )
    | (?P<template> \{\{[^{}\n]{1,120}\}\} | \{%[^{}\n]{1,120}%\} | [$\#]\{[^{}\n]{1,80}\}
        | (?<![{\w])\{[\w.:!@,\#/ -]{0,60}\}(?!\}) | \[\[[\w:|-]{1,40}\]\] )
    | (?P<format> %\([\w.]+\)[\#0+-]*\d*(?:\.\d+)?[a-zA-Z]
        | (?<![\d%])(?<!\d[ \u00a0\u202f])%(?:\d+\$)?[\#0+-]*\d*(?:\.\d+)?(?:hh|h|ll|l|z|j|t)?
          [sdifouxXeEgGcp@](?!\p{L}) )
    | (?P<tag> </?(?:\L<tags>)(?:[\s.:][^<>\n]{0,200})?/?> | \{\\[^{}\n]{1,80}\} )
    | (?P<mark> <[ ]?[|｜][ ]?[\w▁-]{1,40}[ ]?[|｜]?[ ]?> | <[\w▁-]{1,40}[|｜]>
        | </?think> | \[/?[A-Z][A-Z_]{2,30}\] )
    | (?P<entity> &(?:[A-Za-z]\w{1,30}|\#\d{1,7}|\#x[0-9A-Fa-f]{1,6}); )
    | (?P<path> (?<!\w)[A-Za-z]:\\[^\s"'<>|*?]+(?<![.,;:!?)])
        | (?<![\w/.<:])(?:~|\.{1,2})?/[\w.+-]*\w(?:/[\w.+-]+)+/?(?<![.,;:!?])
        | (?<![\w/.])(?:~|\.{1,2})/[\w.+-]*\w )
    | (?P<option> (?<![\w-])--[a-zA-Z][\w-]*(?:=[^\s,;)]+)? )
    | (?P<identifier> (?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Z])[A-Z0-9]+(?:[-_][A-Z0-9]+)+(?![\w-])
        | (?<![\w-])[A-Za-z]\w*_\w*[A-Za-z0-9](?![\w-]) | (?<![\w.])v?\d+(?:\.\d+){2,3}(?![\w.]?\d) )
    """,
    regex.VERBOSE,
    tags=_TAGS,
)
_POSITION = regex.compile(r"(?<=%)\d+\$")
_NO_VERSION = regex.compile(r"\d{1,3}(?:\.\d{3})+\Z|\d{1,2}\.\d{1,2}\.(?:\d{4}|\d\d)\Z")
"""A million and a date, as they are written in German."""
_NAMES = tuple(name for name in _CARRIED.groupindex if name != "tick")


@dataclass(frozen=True, slots=True)
class Carried:
    """``text`` stands at ``start`` of what it was found in."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def same(self) -> str:
        """What it is compared by: a format may say which value it takes, where words change places."""
        return _POSITION.sub("", self.text) if self.kind == "format" else self.text


def find_carried(text: str) -> list[Carried]:
    """Return what of ``text`` is to stay as it is, in order; none overlaps another."""
    return list(_known(text))


@functools.lru_cache(maxsize=256)
def _known(text: str) -> tuple[Carried, ...]:
    """Return the same; the texts looked at last are kept, for a dozen checks look at each."""
    return tuple(_found(text))


def _found(text: str) -> Iterator[Carried]:
    for match in _CARRIED.finditer(text):
        kind = next(name for name in _NAMES if match[name] is not None)
        if kind == "identifier" and _NO_VERSION.match(match[0]):
            continue
        yield Carried(kind, match[0], match.start())


def carry_over(text: str, passage: str) -> str:
    """Return the translation ``text`` of ``passage`` with what was altered put back, where that is clear.

    It is clear where there are as many of a kind in both: then what stands in only one of them, in order, is
    the same thing.
    """
    wanted, there = find_carried(passage), find_carried(text)
    replaced: dict[int, Carried] = {}
    new: dict[int, str] = {}
    for kind in {each.kind for each in wanted}:
        of_source = [each for each in wanted if each.kind == kind]
        of_text = [each for each in there if each.kind == kind]
        if len(of_source) != len(of_text):
            continue
        ours, theirs = Counter(e.same for e in of_source), Counter(e.same for e in of_text)
        missing, altered = _in_order(of_source, ours - theirs), _in_order(of_text, theirs - ours)
        for each, original in zip(altered, missing, strict=True):
            replaced[each.start], new[each.start] = each, original.text
    for start in sorted(replaced, reverse=True):
        text = text[:start] + new[start] + text[replaced[start].end :]
    return text


def _in_order(found: list[Carried], counts: Counter[str]) -> list[Carried]:
    left = Counter(counts)
    chosen: list[Carried] = []
    for each in found:
        if left[each.same] > 0:
            left[each.same] -= 1
            chosen.append(each)
    return chosen


def is_carried_over(text: str, passage: str) -> bool:
    """Tell whether ``text`` has all that its ``passage`` has to carry over, and nothing of its own."""
    return changed_value(text, passage) is None


def changed_value(text: str, passage: str) -> str | None:
    """Return what is to be carried over and stands in only one of the two; None if there is none.

    What a model adds counts where a program would read it: code marks around a word are no fault.
    """
    found = find_carried(text)
    wanted = Counter(each.same for each in find_carried(passage))
    missing = wanted - Counter(each.same for each in found)
    lost = [carried for carried in missing if text.count(carried) < wanted[carried]]
    added = [
        each.text
        for each in found
        if each.kind in _READ_BY_PROGRAMS and each.same not in wanted and each.same not in passage
    ]
    return next(iter((*lost, *added)), None)


_READ_BY_PROGRAMS = frozenset({"target", "address", "mail", "template", "format", "tag"})


def without_tags(text: str) -> str:
    """Return ``text`` without markup, for a line whose tags are no longer in pairs."""
    for each in reversed(find_carried(text)):
        if each.kind == "tag":
            text = text[: each.start] + text[each.end :]
    return " ".join(text.split())


def without_carried(text: str) -> str:
    """Return ``text`` with a space for each of what is carried over, so that the words are left."""
    for each in reversed(find_carried(text)):
        text = f"{text[: each.start]} {text[each.end :]}"
    return text
