"""The texts of a vocabulary that mean something to a chat: nobody's words may be read as one of them.

llama.cpp reads three kinds of tokens by their text: control and unknown ones where it is asked to, and those
that a file types as user-defined always. Of these most are harmless and expected in any text (runs of white
space, HTML tags); what looks like a chat's markup is guarded like a control token.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

_MARKUP = re.compile(r"<[^<>]*\w[^<>]*>|\[[^\[\]]*[^\W\d_][^\[\]]*\]|\{[^{}]*\w[^{}]*\}|◁[^◁▷]*▷", re.DOTALL)
_HTML = re.compile(
    r"</?(?:a|abbr|article|aside|b|blockquote|body|br|caption|center|cite|code|dd|del|details|div|dl|dt|em|"
    r"figcaption|figure|font|footer|h[1-6]|head|header|hr|html|i|img|ins|kbd|li|link|main|mark|meta|nav|ol|"
    r"p|path|pre|q|samp|section|small|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|tfoot|th|"
    r"thead|time|title|tr|tt|u|ul|var|video)/?>",
    re.IGNORECASE,
)


def is_markup(text: str) -> bool:
    """Whether the text of a user-defined token is one that no words should be read as."""
    return _MARKUP.fullmatch(text.strip()) is not None and _HTML.fullmatch(text.strip()) is None


class GuardedTexts:
    """``controls`` are read on request only, ``always`` in any text (and guarded where they are markup)."""

    def __init__(self, controls: Iterable[str] = (), always: Iterable[str] = ()) -> None:
        self.always = frozenset(text for text in always if len(text) > 1 and is_markup(text))
        self.all = self.always | {text for text in controls if len(text.strip()) > 1}
        lengths: dict[str, set[int]] = {}
        for text in self.all:
            lengths.setdefault(text[0], set()).add(len(text))
        self._lengths = {first: sorted(sizes, reverse=True) for first, sizes in lengths.items()}
        self._longest = max(map(len, self.all), default=1)
        self._first = re.compile(f"[{''.join(map(re.escape, lengths))}]" if lengths else r"(?!)")

    def with_more(self, texts: Iterable[str]) -> GuardedTexts:
        """Return these with others that are no tokens."""
        more = GuardedTexts(self.all.union(texts))
        more.always = self.always
        return more

    def find(self, text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
        """Yield the longest guarded text at each place of ``text[start:end]`` where one begins."""
        end = len(text) if end is None else end
        while (found := self._first.search(text, start, end)) is not None:
            at = found.start()
            for length in self._lengths[found[0]]:
                if at + length <= end and text[at : at + length] in self.all:
                    yield at, at + length
                    break
            start = at + 1

    def edges(self, text: str) -> tuple[int, int]:
        """Return where the beginning of ``text`` ends that could end a guarded text begun before it, and
        where its end begins that could begin one; all of it where it could be the middle of one.
        """
        if len(text) < self._longest and any(text in guarded for guarded in self.all):
            return len(text), len(text)
        lengths = range(min(len(text), self._longest - 1), 0, -1)
        heads = (n for n in lengths if text[:n] in self._ends)
        tails = (n for n in lengths if text[len(text) - n :] in self._begins)
        return next(heads, 0), len(text) - next(tails, 0)

    @cached_property
    def _begins(self) -> frozenset[str]:
        return frozenset(text[:n] for text in self.all for n in range(1, len(text)))

    @cached_property
    def _ends(self) -> frozenset[str]:
        return frozenset(text[n:] for text in self.all for n in range(1, len(text)))
