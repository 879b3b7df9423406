"""The KV cache's books: which sequence id holds which tokens, what is idle, what is on disk.

Sits between the engine's policy and the context's memory. A prompt begins with as much already
evaluated as can be found: an idle entry taken over or copied, a running sequence copied, or the
conversation's snapshot read from disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence as Sequence_

from lmstudio_lite.domain.generation import AdapterUse
from lmstudio_lite.engine.backend import Context
from lmstudio_lite.engine.core.prefix_cache import (
    IdleEntry,
    PrefixCache,
    best_running_match,
    common_prefix_length,
)
from lmstudio_lite.engine.core.sequence import Sequence
from lmstudio_lite.engine.core.snapshots import SnapshotStore

SHARED_PREFIX_MIN = 32
SNAPSHOT_TOKENS_MIN = 64
PASSING_ENTRIES_MAX = 2
IDLE_SHARE = 4
_SHARE_OF_LIMIT = 2


class KvMemory:
    """Cells and sequence ids of one context; belongs to the engine thread."""

    def __init__(self, context: Context, snapshots: SnapshotStore | None = None) -> None:
        self._context = context
        self._can_cut = context.model.can_cut
        self._snapshots = snapshots
        self._cache = PrefixCache()
        self._free_ids = list(range(context.num_sequence_ids))
        self._num_idle_max = context.num_sequence_ids - context.num_scored_max

    @property
    def num_idle_cells(self) -> int:
        return self._cache.num_own_cells

    def place(self, sequence: Sequence, running: Sequence_[Sequence]) -> None:
        """Give ``sequence`` an id, with as much of its prompt already computed as can be found."""
        usable, adapters = sequence.token_ids[:-1], sequence.request.adapters
        if not running:
            self._forget_past_work(sequence)
        entry, idle_length = self._cache.best_match(usable, adapters, can_cut=self._can_cut)
        donor, shared_length = best_running_match(running, usable, adapters, can_cut=self._can_cut)
        if donor is not None:
            shared_length = min(shared_length, donor.num_computed)
        if self._restore(sequence, running, max(idle_length, shared_length)):
            return
        if (
            entry is not None
            and idle_length >= shared_length
            and _may_lose_its_end(entry, sequence, idle_length)
        ):
            self._take_over(sequence, entry, idle_length)
            return
        source_id = donor.sequence_id if donor is not None else None
        if entry is not None and idle_length > shared_length:
            self._cache.take(entry)
            self._cache.add(entry)
            source_id, shared_length = entry.sequence_id, idle_length
        sequence.sequence_id = self._free_sequence_id(keep=source_id)
        sequence.num_computed = sequence.num_shared = 0
        if source_id is not None and source_id != sequence.sequence_id and shared_length > 0:
            kept = self._context.copy_prefix(source_id, sequence.sequence_id, shared_length)
            sequence.num_computed = sequence.num_shared = kept
            if kept != shared_length:
                self.cut(sequence, 0)

    def waits_for_shared_prefix(self, sequence: Sequence, running: Sequence_[Sequence]) -> bool:
        """Whether a running prompt is just computing a long prefix that this one could copy soon."""
        if not self._can_cut:
            return False
        adapters = sequence.request.adapters
        donor, length = best_running_match(running, sequence.token_ids, adapters, can_cut=True)
        if donor is None or donor.is_generating or donor.num_computed >= length:
            return False
        _, cached = self._cache.best_match(sequence.token_ids, adapters, can_cut=True)
        return length >= max(cached, donor.num_computed) + SHARED_PREFIX_MIN

    def cut(self, sequence: Sequence, length: int) -> None:
        """Keep the first ``length`` positions, or nothing where the memory can't be cut there."""
        assert sequence.sequence_id is not None
        kept = self._context.remove(sequence.sequence_id, length)
        if kept != length:
            self._context.remove(sequence.sequence_id, 0)
            kept = 0
        sequence.num_computed = kept
        sequence.num_shared = min(sequence.num_shared, kept)

    def drop(self, sequence: Sequence) -> None:
        """Free the id and the cells of a sequence; what it computed is gone."""
        if sequence.sequence_id is None:
            return
        self._context.remove(sequence.sequence_id, 0)
        self._free_ids.append(sequence.sequence_id)
        sequence.sequence_id = None
        sequence.num_computed = sequence.num_shared = 0

    def keep(self, sequence: Sequence) -> None:
        """Make an ended sequence an idle entry."""
        if sequence.sequence_id is None or sequence.num_computed == 0:
            self.drop(sequence)
            return
        request = sequence.request
        self._cache.add(
            IdleEntry(
                sequence.sequence_id,
                sequence.token_ids[: sequence.num_computed],
                sequence.num_shared,
                request.adapters,
                request.conversation_id,
            )
        )
        sequence.sequence_id = None
        self._trim()

    def evict_oldest(self) -> bool:
        """Free the least recently used idle entry; whether there was one."""
        oldest = next(iter(self._cache), None)
        if oldest is not None:
            self._evict(oldest)
        return oldest is not None

    def save_one(self) -> bool:
        """Write one conversation that no snapshot holds yet; whether there was one."""
        entry = next((entry for entry in self._cache if self._is_worth_saving(entry)), None)
        if entry is not None:
            self._save(entry)
        return entry is not None

    def save_all(self) -> None:
        """Write all such conversations: the model is going away."""
        while self.save_one():
            pass

    def _trim(self) -> None:
        """Evict what slows more than it helps: attention passes over every cell in use, whoever's it is.

        Of work without a conversation only the newest may be needed again (a second attempt, the same
        instructions); a conversation that is on disk comes back in some milliseconds. Where sequences have
        cells of their own, idle ones are in nobody's way.
        """
        if not self._context.shares_cells:
            return
        passing = [entry for entry in self._cache if not entry.conversation_id]
        for entry in passing[:-PASSING_ENTRIES_MAX]:
            self._evict(entry)
        while len(self._cache) > self._num_idle_max:
            self.evict_oldest()
        limit = self._context.context_size // IDLE_SHARE
        while self._snapshots is not None and len(self._cache) > 1 and self.num_idle_cells > limit:
            self.evict_oldest()

    def _forget_past_work(self, sequence: Sequence) -> None:
        """Free what other work has left, now that new work begins in the cells before it.

        Attention passes over all cells up to the last one in use: a prefix that is kept behind the new
        work's cells costs each of its tokens a tenth. Where sequences have cells of their own, idle ones are
        in nobody's way, and a retry may come for each.
        """
        if not self._context.shares_cells:
            return
        for entry in self._cache:
            is_kin = entry.adapters == sequence.request.adapters
            shared = common_prefix_length(entry.token_ids, sequence.token_ids) if is_kin else 0
            if not entry.conversation_id and shared < SHARED_PREFIX_MIN:
                self._evict(entry)

    def _evict(self, entry: IdleEntry) -> None:
        self._save(entry)
        self._cache.take(entry)
        self._context.remove(entry.sequence_id, 0)
        self._free_ids.append(entry.sequence_id)

    def _take_over(self, sequence: Sequence, entry: IdleEntry, length: int) -> None:
        if entry.conversation_id != sequence.request.conversation_id:
            self._save(entry)
        self._cache.take(entry)
        sequence.sequence_id = entry.sequence_id
        sequence.num_shared = min(entry.num_shared, length)
        self.cut(sequence, length)

    def _free_sequence_id(self, keep: int | None) -> int:
        """Return an unused id, evicting the oldest idle entry (the one to keep last) if none is left."""
        if not self._context.shares_cells:
            self._free_lowest_id(keep)
        if self._free_ids:
            lowest = min(self._free_ids)
            self._free_ids.remove(lowest)
            return lowest
        entry = self._cache.evict_oldest()
        if entry is not None and entry.sequence_id == keep and len(self._cache) > 0:
            spared, entry = entry, self._cache.evict_oldest()
            self._cache.add(spared)
        assert entry is not None, "more ids than running sequences"
        self._save(entry)
        self._context.remove(entry.sequence_id, 0)
        return entry.sequence_id

    def _free_lowest_id(self, keep: int | None) -> None:
        """Evict the idle entry with the lowest id if no lower one is free.

        Sequences with cells of their own are decoded together only where their ids are neighbours. A second
        attempt at what has just ended has come by now, if it comes at all.
        """
        idle = [entry for entry in self._cache if entry.sequence_id != keep]
        lowest = min(idle, key=lambda entry: entry.sequence_id, default=None)
        if lowest is not None and all(lowest.sequence_id < free for free in self._free_ids):
            self._evict(lowest)

    # Snapshots

    def _restore(self, sequence: Sequence, running: Sequence_[Sequence], found: int) -> bool:
        """Begin with the conversation's snapshot if that is worth more than the ``found`` tokens here."""
        conversation_id = sequence.request.conversation_id
        if self._snapshots is None or not conversation_id:
            return False
        snapshot = self._snapshots.find(self._state_key(sequence.request.adapters), conversation_id)
        if snapshot is None:
            return False
        length = common_prefix_length(snapshot.token_ids, sequence.token_ids[:-1])
        num_tokens = len(snapshot.token_ids)
        if not self._can_cut and length < num_tokens:
            return False
        if length < found + SHARED_PREFIX_MIN or not self._has_room_for(num_tokens, running):
            return False
        state = snapshot.read_state()
        sequence.sequence_id = self._free_sequence_id(keep=None)
        sequence.num_computed = sequence.num_shared = 0
        if state is not None and self._context.restore_state(sequence.sequence_id, state) == num_tokens:
            self.cut(sequence, length)
        if sequence.num_computed == 0:
            self._snapshots.drop(snapshot.path)
            self.drop(sequence)
            return False
        return True

    def _has_room_for(self, num_tokens: int, running: Sequence_[Sequence]) -> bool:
        """Evict until ``num_tokens`` more cells are free, if that is possible at all."""
        used = sum(other.num_own_cells for other in running)
        if used + num_tokens > self._context.context_size:
            return False
        while used + self.num_idle_cells + num_tokens > self._context.context_size:
            self.evict_oldest()
        return True

    def _is_worth_saving(self, entry: IdleEntry) -> bool:
        is_long = len(entry.token_ids) >= SNAPSHOT_TOKENS_MIN
        return self._snapshots is not None and bool(entry.conversation_id) and is_long and not entry.is_saved

    def _save(self, entry: IdleEntry) -> None:
        if self._snapshots is None or not self._is_worth_saving(entry):
            return
        entry.is_saved = True
        state = self._context.save_state(entry.sequence_id)
        if len(state) * _SHARE_OF_LIMIT <= self._snapshots.limit_bytes:
            key = self._state_key(entry.adapters)
            self._snapshots.save(key, entry.conversation_id, entry.token_ids, state)

    def _state_key(self, adapters: tuple[AdapterUse, ...]) -> str:
        if not adapters:
            return self._context.state_key
        found = hashlib.blake2b(self._context.state_key.encode(), digest_size=16)
        for use in adapters:
            changed_ns = use.path.stat().st_mtime_ns if use.path.exists() else 0
            found.update(f"{use.path}\0{changed_ns}\0{use.strength}\0".encode())
        return found.hexdigest()


def _may_lose_its_end(entry: IdleEntry, sequence: Sequence, length: int) -> bool:
    """Whether ``sequence`` may cut ``entry`` to ``length``: not if that is little of another conversation."""
    belongs_to_other = entry.conversation_id not in ("", sequence.request.conversation_id)
    return not belongs_to_other or 2 * length >= len(entry.token_ids)
