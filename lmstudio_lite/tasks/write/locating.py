"""Where words that were selected on the screen stand in the source that they were drawn from."""

from __future__ import annotations

from lmstudio_lite.tasks.text.tokens import WORD, plain

Span = tuple[int, int]
_MARKS = "*_`~"


def find_span(source: str, selected: str, place: float = 0.0) -> Span | None:
    """Return the range of ``source`` that a selection shows, None where its words are not found there.

    The screen has no marks of Markdown, so words are compared, and of several places the one nearest to
    ``place`` (0.0 the beginning, 1.0 the end) is taken. The range is that of whole words.
    """
    exact = selected.strip().replace("\u2029", "\n\n").replace("\u2028", "\n")
    if not exact:
        return None
    starts = _all_of(source, exact)
    if starts:
        start = _nearest(starts, place, len(source))
        return start, start + len(exact)
    words = [(found.start(), found.end(), plain(found[0])) for found in WORD.finditer(source)]
    wanted = [plain(found[0]) for found in WORD.finditer(exact)]
    if not wanted:
        return None
    runs = [
        number
        for number in range(len(words) - len(wanted) + 1)
        if words[number][2] == wanted[0]
        and all(words[number + step][2] == word for step, word in enumerate(wanted))
    ]
    if not runs:
        return None
    first = min(runs, key=lambda number: abs(words[number][0] - place * len(source)))
    start, end = words[first][0], words[first + len(wanted) - 1][1]
    while start and source[start - 1] in _MARKS:
        start -= 1
    while source[end : end + 1] and source[end] in _MARKS:
        end += 1
    is_with_stop = not exact[-1].isalnum() and source[end : end + 1] == exact[-1]
    return start, end + is_with_stop


def _all_of(source: str, words: str) -> list[int]:
    starts, start = [], source.find(words)
    while start >= 0:
        starts.append(start)
        start = source.find(words, start + 1)
    return starts


def _nearest(starts: list[int], place: float, length: int) -> int:
    return min(starts, key=lambda start: abs(start - place * length))
