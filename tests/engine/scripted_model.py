"""A model without weights, for the engine's policy: tokens are words, replies are scripted.

Its contexts keep real books of cells and sequences and fail loudly when the engine breaks a rule of the
protocol: too many rows, a gap in positions, more cells than there are.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from lmstudio_lite.domain.generation import AdapterUse, Sampling
from lmstudio_lite.domain.models import LoadedModel, Tuning
from lmstudio_lite.engine.backend import Batch, DecodeStatus
from lmstudio_lite.engine.templates.guarded_texts import GuardedTexts

END = 0


class ScriptedTokenizer:
    """Every word is a token; ``tokenized`` are the texts that the engine had tokenized."""

    def __init__(self) -> None:
        self.chat_template: str | None = None
        self.special_texts = ("", "")
        self.begin_token: int | None = None
        self.tokenized: list[str] = []
        self._words = ["<end>"]

    def guarded_texts(self) -> GuardedTexts:
        return GuardedTexts()

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        self.tokenized.append(text)
        return self.ids(text)

    def token_bytes(self, token_id: int) -> bytes:
        return f"{self._words[token_id]} ".encode()

    def is_end_of_generation(self, token_id: int) -> bool:
        return token_id == END

    def ids(self, text: str) -> list[int]:
        return [self._id(word) for word in text.split()]

    def _id(self, word: str) -> int:
        if word not in self._words:
            self._words.append(word)
        return self._words.index(word)


class ScriptedSampler:
    """Says the given words, then ends."""

    def __init__(self, reply: list[int]) -> None:
        self._reply = list(reply)
        self.is_closed = False

    def sample(self, row: int) -> int:
        return self._reply.pop(0) if self._reply else END

    def close(self) -> None:
        self.is_closed = True


class ScriptedContext:
    """Counts its cells; ``script`` are the outcomes of the next batches."""

    def __init__(
        self,
        model: ScriptedModel,
        *,
        context_size: int,
        num_sequences_max: int,
        batch_size: int,
        shares_cells: bool = True,
        num_scored_max: int = 0,
    ) -> None:
        self.model = model
        self.context_size = context_size
        self.num_sequences_max = num_sequences_max
        self.num_scored_max = num_scored_max
        self.num_sequence_ids = num_sequences_max + 2 + num_scored_max
        self.batch_size = batch_size
        self.shares_cells = shares_cells
        self.state_key = "scripted"
        self.cells: dict[int, list[int]] = {}
        self.samplers: list[ScriptedSampler] = []
        self.num_rows: list[int] = []
        self.script: list[DecodeStatus] = []
        self.adapters: tuple[AdapterUse, ...] = ()
        self.is_closed = False

    def create_sampler(self, sampling: Sampling, history: list[int], begun: list[int]) -> ScriptedSampler:
        sampler = ScriptedSampler(self.model.tokenizer.ids(self.model.reply))
        self.samplers.append(sampler)
        return sampler

    def log_probabilities(self, row: int, token_id: int, count: int) -> tuple[float, list[tuple[int, float]]]:
        return 0.0, [(token_id, 0.0)][:count]

    def token_log_probabilities(self, row: int, token_ids: Sequence[int]) -> list[float]:
        """Of 1,000 words, the first ones known are the likeliest; which were before makes no difference."""
        return [math.log((1000 - token_id) / 500_500) for token_id in token_ids]

    def decode(self, batch: Batch) -> DecodeStatus:
        assert 0 < len(batch) <= self.batch_size
        if self.script and (status := self.script.pop(0)) is not DecodeStatus.OK:
            return status
        new = len(batch)
        if self.shares_cells and self.num_cells_used + new > self.context_size:
            return DecodeStatus.NO_ROOM
        assert self.shares_cells or not batch.joined
        for row, (token_id, position, sequence_id) in enumerate(
            zip(batch.token_ids, batch.positions, batch.sequence_ids, strict=True)
        ):
            pasts = set()
            for each in (sequence_id, *batch.joined.get(row, ())):
                cells = self.cells.setdefault(each, [])
                assert position == len(cells), "positions of a sequence have no gaps"
                assert 0 <= each < self.num_sequence_ids
                pasts.add(tuple(cells))
                cells.append(token_id)
                assert len(cells) <= self.context_size
            assert len(pasts) == 1, "who shares a row has the same past"
        self.num_rows.append(new)
        return DecodeStatus.OK

    def abort(self) -> None:
        pass

    def remove(self, sequence_id: int, start: int) -> int:
        cells = self.cells.setdefault(sequence_id, [])
        del cells[start:]
        return len(cells)

    def copy_prefix(self, source: int, target: int, length: int) -> int:
        assert not self.cells.get(target), "the target is empty"
        self.cells[target] = self.cells[source][:length]
        return len(self.cells[target])

    def save_state(self, sequence_id: int) -> bytes:
        return json.dumps(self.cells.get(sequence_id, [])).encode()

    def restore_state(self, sequence_id: int, state: bytes) -> int:
        assert not self.cells.get(sequence_id), "the target is empty"
        self.cells[sequence_id] = json.loads(state)
        return len(self.cells[sequence_id])

    def use_adapters(self, adapters: tuple[AdapterUse, ...]) -> None:
        self.adapters = adapters

    def close(self) -> None:
        self.is_closed = True

    @property
    def num_cells_used(self) -> int:
        """Cells in use, a prefix that sequences share counted once."""
        prefixes = {tuple(cells[: at + 1]) for cells in self.cells.values() for at in range(len(cells))}
        return len(prefixes)


class ScriptedModel:
    """``reply`` is what every request generates, word by word.

    ``num_streams`` are the sequences of a second context, 0 if none can be had; ``opened`` are those that
    were.
    """

    def __init__(
        self,
        *,
        context_size: int = 256,
        num_sequences_max: int = 4,
        batch_size: int = 64,
        reply: str = "one two",
        num_streams: int = 0,
    ) -> None:
        self.info = LoadedModel(
            path=Path("scripted.gguf"),
            name="scripted",
            architecture="scripted",
            context_size=context_size,
            num_sequences_max=num_sequences_max,
            batch_size=batch_size,
            device="CPU",
            has_chat_template=False,
            memory_bytes=0,
        )
        self.tokenizer = ScriptedTokenizer()
        self.reply = reply
        self.can_cut = True
        self.num_streams = num_streams
        self.opened: list[ScriptedContext] = []
        self.context = ScriptedContext(
            self, context_size=context_size, num_sequences_max=num_sequences_max, batch_size=batch_size
        )

    def load_adapter(self, path: Path) -> None:
        pass

    def open_streams(self, num_cells: int) -> ScriptedContext | None:
        if not self.num_streams:
            return None
        self.opened.append(
            ScriptedContext(
                self,
                context_size=num_cells,
                num_sequences_max=self.num_streams,
                batch_size=64,
                shares_cells=False,
            )
        )
        return self.opened[-1]

    def reconfigure(self, tuning: Tuning) -> bool:
        self.context.cells.clear()
        return True

    def close(self) -> None:
        self.context.close()


def scripted_context(
    *, context_size: int = 256, num_sequences_max: int = 4, batch_size: int = 64, reply: str = "one two"
) -> ScriptedContext:
    """Return the context of a scripted model."""
    model = ScriptedModel(
        context_size=context_size, num_sequences_max=num_sequences_max, batch_size=batch_size, reply=reply
    )
    return model.context
