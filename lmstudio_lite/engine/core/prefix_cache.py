"""Tokens that are already in the KV cache and may serve again.

When a request ends, its sequence stays as an idle entry. A new prompt takes over or copies the entry,
or shares with a running sequence, whichever has the longest common prefix over token ids (never over
text: equal text may be other tokens) evaluated with the same adapters. Idle entries go when a sequence
id or cells are needed, least recently used first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lmstudio_lite.domain.generation import AdapterUse
from lmstudio_lite.engine.core.sequence import Sequence


@dataclass(slots=True, eq=False)
class IdleEntry:
    """Sequence id ``sequence_id`` holds exactly ``token_ids`` and belongs to nobody.

    ``conversation_id`` is the chat that they come from, "" if none; ``is_saved`` tells that a snapshot
    of it is on disk.
    """

    sequence_id: int
    token_ids: list[int]
    num_shared: int = 0
    adapters: tuple[AdapterUse, ...] = ()
    conversation_id: str = ""
    is_saved: bool = False

    @property
    def num_own_cells(self) -> int:
        return len(self.token_ids) - self.num_shared


class PrefixCache:
    """The idle entries, most recently used last."""

    def __init__(self) -> None:
        self._entries: list[IdleEntry] = []

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[IdleEntry]:
        """Least recently used first."""
        return iter(tuple(self._entries))

    @property
    def num_own_cells(self) -> int:
        return sum(entry.num_own_cells for entry in self._entries)

    def add(self, entry: IdleEntry) -> None:
        self._entries.append(entry)

    def take(self, entry: IdleEntry) -> None:
        """Remove an entry that a request took over."""
        self._entries.remove(entry)

    def evict_oldest(self) -> IdleEntry | None:
        """Remove and return the least recently used entry; the caller frees its cells."""
        return self._entries.pop(0) if self._entries else None

    def best_match(
        self, token_ids: list[int], adapters: tuple[AdapterUse, ...], *, can_cut: bool
    ) -> tuple[IdleEntry | None, int]:
        """Return the entry with the longest common prefix, and that length (None, 0 without one).

        Where memory can't be cut, only an entry that is a prefix as a whole serves.
        """
        best: IdleEntry | None = None
        longest = 0
        for entry in reversed(self._entries):
            if entry.adapters != adapters:
                continue
            length = common_prefix_length(entry.token_ids, token_ids)
            if length > longest and (can_cut or length == len(entry.token_ids)):
                best, longest = entry, length
        return best, longest


def best_running_match(
    running: Iterable[Sequence], token_ids: list[int], adapters: tuple[AdapterUse, ...], *, can_cut: bool
) -> tuple[Sequence | None, int]:
    """Return the running sequence that shares the longest prefix with ``token_ids``, computed yet or not.

    Where memory can't be cut, one that has gone beyond what is shared is of no use.
    """
    best: Sequence | None = None
    longest = 0
    for sequence in running:
        if sequence.request.adapters != adapters:
            continue
        length = common_prefix_length(sequence.token_ids, token_ids)
        if length > longest and (can_cut or length >= sequence.num_computed):
            best, longest = sequence, length
    return best, longest


def common_prefix_length(left: list[int], right: list[int]) -> int:
    """Return how many leading ids agree, by bisection over list slices (compared in C)."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
