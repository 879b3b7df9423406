"""Marks of a sentence at their places in its translation: nested as they were, none lost, doubled or crossed.

Where the words of a mark stand in the translation is proposed by ``align``; here the proposals are made to
fit one another. A style without a proposal is given up, a span or an object goes where it would stand if both
texts ran on evenly. What is open to another sentence reaches to that side in the translation too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import regex

from lmstudio_lite.domain.units import MarkKind
from lmstudio_lite.tasks.translate.sentences import SentenceMark

_WORD_EDGE = regex.compile(r"(?<=\s)(?=\S)|(?<=[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}])(?=[\p{L}\p{N}])")


BEFORE_WORDS = regex.compile(r"[^\p{L}\p{N}]*")
BEHIND_WORDS = regex.compile(r"[^\p{L}\p{M}\p{N}]*\Z")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Characters of a translation, ``start`` and ``end`` the same for a place between two of them."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PlacedMarks:
    """``guessed`` are the numbers of the marks whose place is a guess, or that were given up."""

    marks: tuple[SentenceMark, ...] = ()
    guessed: frozenset[int] = frozenset()


class NoRoomError(Exception):
    """A translation has fewer characters than marks that must hold one; the source is to stay."""


@dataclass(eq=False, slots=True)
class _Node:
    """A mark with those that lie in it. ``proposed`` is where it would like to stand."""

    mark: SentenceMark
    proposed: Stretch
    is_proposed: bool
    children: list[_Node] = field(default_factory=list)
    objects: list[_Node] = field(default_factory=list)

    @property
    def num_needed(self) -> int:
        """Characters that it must have, so that all in it that need one have one."""
        return max(1, sum(child.num_needed for child in self.children))


def place_marks(
    source: str, target: str, marks: Sequence[SentenceMark], proposals: Mapping[int, Stretch]
) -> PlacedMarks:
    """Return the ``marks`` of ``source`` as they stand in ``target``; ``proposals`` are by number.

    Raises:
        NoRoomError: the translation is too short for its marks.
    """
    known = [mark for mark in marks if mark.number in proposals or not mark.may_be_given_up]
    nodes = [
        _Node(
            mark,
            proposals.get(mark.number) or proportional(source, target, mark),
            is_proposed=mark.number in proposals,
        )
        for mark in sorted(known, key=lambda mark: (mark.start, -mark.end, mark.number))
    ]
    roots, objects = _tree(nodes)
    if sum(node.num_needed for node in roots) > len(target):
        raise NoRoomError
    placing = _Placing()
    placing.place(roots, objects, 0, len(target), None)
    found, sure = placing.found, proposals.keys() | placing.tied
    return PlacedMarks(
        tuple(found[mark.number] for mark in marks if mark.number in found),
        frozenset(mark.number for mark in marks if mark.number not in sure),
    )


def proportional(source: str, target: str, mark: SentenceMark) -> Stretch:
    """Return where a mark would stand if both texts ran on evenly, at the edge of a word that is near."""
    share = len(target) / max(1, len(source))
    if mark.kind is MarkKind.OBJECT:
        at = _edge_near(target, round(mark.start * share))
        return Stretch(at, at)
    start = 0 if mark.start == 0 else _edge_near(target, round(mark.start * share))
    end = len(target) if mark.end >= len(source) else _end_near(target, round(mark.end * share))
    start, end = (start, end) if start < end else _some_word(target, start)
    first, last = trimmed(target, start, end)
    return Stretch(first, last) if first < last else Stretch(start, end)


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the range without what is no letter or figure at its edges; an empty one if nothing is left."""
    stretch = text[start:end]
    first = BEFORE_WORDS.match(stretch)
    last = BEHIND_WORDS.search(stretch)
    assert first is not None
    assert last is not None
    return (start + first.end(), start + last.start()) if first.end() < last.start() else (start, start)


def _edge_near(target: str, wanted: int) -> int:
    edges: list[int] = [0, *(match.start() for match in _WORD_EDGE.finditer(target)), len(target)]
    return min(edges, key=lambda edge: abs(edge - wanted))


def _end_near(target: str, wanted: int) -> int:
    edge = _edge_near(target, wanted)
    return edge if edge == len(target) else len(target[:edge].rstrip())


def _some_word(target: str, start: int) -> tuple[int, int]:
    """Return the word that begins at ``start``, or the last one."""
    first = min(start, max(0, len(target) - 1))
    following = _WORD_EDGE.search(target, first + 1)
    end = len(target[: following.start()].rstrip()) if following else len(target)
    return first, max(end, first + 1)


def _tree(nodes: Sequence[_Node]) -> tuple[list[_Node], list[_Node]]:
    """Put each node, outermost first, into the innermost that holds it; return those in none."""
    roots: list[_Node] = []
    loose: list[_Node] = []
    open_nodes: list[_Node] = []
    for node in nodes:
        holding = [other for other in open_nodes if _holds(other.mark, node.mark)]
        parent = holding[-1] if holding else None
        if node.mark.kind is MarkKind.OBJECT:
            (parent.objects if parent else loose).append(node)
        else:
            (parent.children if parent else roots).append(node)
            open_nodes = [*holding, node]
    return roots, loose


def _holds(outer: SentenceMark, inner: SentenceMark) -> bool:
    if inner.kind is MarkKind.OBJECT:
        is_behind_start = outer.start < inner.start or (
            outer.start == inner.start and outer.number < inner.number
        )
        return is_behind_start and inner.start < outer.end
    return outer.start <= inner.start and inner.end <= outer.end


@dataclass(slots=True)
class _Placing:
    """``found`` are the marks at their places, ``tied`` objects that stand at the edge of another mark."""

    found: dict[int, SentenceMark] = field(default_factory=dict)
    tied: set[int] = field(default_factory=set)

    def place(
        self, siblings: Sequence[_Node], objects: Sequence[_Node], low: int, high: int, parent: _Node | None
    ) -> None:
        """Give each sibling its stretch of ``[low:high]``, in the order of proposals, and what lies in it."""
        order = sorted(siblings, key=_rank)
        num_left = sum(node.num_needed for node in order)
        cursor = low
        for node in order:
            mark = node.mark
            num_left -= node.num_needed
            latest_end = high - num_left
            start = min(max(node.proposed.start, cursor), latest_end - node.num_needed)
            end = min(max(node.proposed.end, start + node.num_needed), latest_end)
            start = low if mark.goes_on_before else start
            end = high if mark.goes_on_after else end
            self.found[mark.number] = replace(mark, start=start, end=end)
            self.place(node.children, node.objects, start, end, node)
            cursor = end
        taken = [self.found[node.mark.number] for node in siblings]
        for node in objects:
            at = self._edge(node, siblings, low, high, parent)
            at = _outside(min(max(node.proposed.start if at is None else at, low), high), taken)
            self.found[node.mark.number] = replace(node.mark, start=at, end=at)

    def _edge(
        self, node: _Node, siblings: Sequence[_Node], low: int, high: int, parent: _Node | None
    ) -> int | None:
        """Return where a mark begins or ends beside which an object without a proposal stands."""
        if node.is_proposed:
            return None
        at = node.mark.start
        edges = {low: parent.mark.start, high: parent.mark.end} if parent else {}
        for sibling in siblings:
            own = self.found[sibling.mark.number]
            edges |= {own.start: sibling.mark.start, own.end: sibling.mark.end}
        place = next((place for place, edge in edges.items() if edge == at), None)
        if place is not None:
            self.tied.add(node.mark.number)
        return place


def _rank(node: _Node) -> tuple[int, float, int]:
    side = -1 if node.mark.goes_on_before else 1 if node.mark.goes_on_after else 0
    return side, (node.proposed.start + node.proposed.end) / 2, node.mark.number


def _outside(at: int, taken: Sequence[SentenceMark]) -> int:
    """Move a place out of the stretches of marks in which the object does not lie."""
    for mark in taken:
        if mark.start < at < mark.end:
            return mark.start if at - mark.start < mark.end - at else mark.end
    return at
