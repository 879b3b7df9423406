"""What the engine needs of an inference library: a model, and contexts that take batches and give tokens.

The engine's policy (who runs, what is cached, when to stop) lives above this protocol; everything
that touches native memory lives below it. All methods belong to the engine thread, except ``abort``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from lmstudio_lite.domain.embedding import Embeddings
from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import AdapterUse, Sampling
from lmstudio_lite.domain.models import LoadedModel, Tuning
from lmstudio_lite.engine.templates import prompt_tokens
from lmstudio_lite.engine.templates.guarded_texts import GuardedTexts


@dataclass(slots=True)
class Batch:
    """Tokens to evaluate in one call: four columns of equal length.

    Row ``i`` puts ``token_ids[i]`` at ``positions[i]`` of sequence ``sequence_ids[i]``, and of those that
    ``joined`` has for it, whose past is the same; logits are kept for the rows where ``wants_logits``
    is true.
    """

    token_ids: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    sequence_ids: list[int] = field(default_factory=list)
    wants_logits: list[bool] = field(default_factory=list)
    joined: dict[int, list[int]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.token_ids)

    def add(self, token_ids: list[int], *, start: int, sequence_id: int, num_logits: int) -> None:
        """Append consecutive tokens of one sequence, the first at position ``start``.

        Logits are kept for the last ``num_logits`` of them.
        """
        count = len(token_ids)
        self.token_ids += token_ids
        self.positions += range(start, start + count)
        self.sequence_ids += [sequence_id] * count
        self.wants_logits += [False] * (count - num_logits) + [True] * num_logits

    def join(self, row: int, sequence_id: int) -> None:
        """Have a row belong to one more sequence; only where all share their cells."""
        self.joined.setdefault(row, []).append(sequence_id)


class DecodeStatus(Enum):
    """Outcome of ``Context.decode``; the memory is as before the call after NO_ROOM only."""

    OK = "ok"
    NO_ROOM = "no_room"
    ABORTED = "aborted"
    FAILED = "failed"


class Sampler(Protocol):
    """Chooses tokens for one request; keeps its own history."""

    def sample(self, row: int) -> int | None:
        """Choose a token id from the logits of batch row ``row`` and remember it.

        None where a grammar leaves the model nothing to say: the text ends.
        """

    def close(self) -> None:
        """Free it; idempotent."""


class Tokenizer(prompt_tokens.Tokenizer, Protocol):
    """A model's vocabulary and its chat template."""

    @property
    def chat_template(self) -> str | None: ...
    @property
    def special_texts(self) -> tuple[str, str]:
        """Text of the beginning-of-sequence and end-of-sequence tokens, "" where there is none."""

    def guarded_texts(self) -> GuardedTexts:
        """Texts that the tokenizer turns into tokens that mean something (``<|im_end|>`` and the like)."""

    def is_end_of_generation(self, token_id: int) -> bool: ...


class Context(Protocol):
    """Cells over a model's weights, in which sequences are evaluated."""

    @property
    def model(self) -> Model: ...
    @property
    def shares_cells(self) -> bool:
        """Whether the sequences share ``context_size`` cells; else each has that many of its own."""

    @property
    def context_size(self) -> int: ...
    @property
    def num_sequences_max(self) -> int:
        """How many sequences run at once."""

    @property
    def num_scored_max(self) -> int:
        """How many run at once, beside those, of texts that are only read; 0: these take places of those."""

    @property
    def num_sequence_ids(self) -> int:
        """Sequence ids 0 to this may be used; more than run at once, the rest hold idle prefixes."""

    @property
    def batch_size(self) -> int:
        """How many rows a batch has at most."""

    @property
    def state_key(self) -> str:
        """Names everything that a saved state depends on: model file, library, form of the memory."""

    def create_sampler(self, sampling: Sampling, history: list[int], begun: list[int]) -> Sampler:
        """Make the sampler of a request with the tokens ``history``, the last of which begin its reply.

        Raises:
            BadRequestError: a value is out of range, the grammar is bad or ``begun`` breaks it.
        """

    def log_probabilities(self, row: int, token_id: int, count: int) -> tuple[float, list[tuple[int, float]]]:
        """Return the natural-log probability of ``token_id`` in row ``row``, and the ``count`` likeliest."""

    def token_log_probabilities(self, row: int, token_ids: Sequence[int]) -> list[float]:
        """Return the natural-log probabilities of ``token_ids`` in row ``row``."""

    def decode(self, batch: Batch) -> DecodeStatus: ...
    def abort(self) -> None:
        """Make the ``decode`` under way, or else the next one, return ABORTED soon. Any thread."""

    def remove(self, sequence_id: int, start: int) -> int:
        """Forget positions from ``start`` on; return how many positions remain.

        Memory that can't be cut there (recurrent, sliding window) may keep fewer, down to 0.
        """

    def copy_prefix(self, source: int, target: int, length: int) -> int:
        """Share the first ``length`` positions of ``source`` with the empty ``target``; return how many."""

    def save_state(self, sequence_id: int) -> bytes:
        """Return what the memory holds of a sequence, for ``restore_state`` under the same ``state_key``."""

    def restore_state(self, sequence_id: int, state: bytes) -> int:
        """Fill the empty sequence with a saved state; return its number of positions, 0 if refused."""

    def use_adapters(self, adapters: tuple[AdapterUse, ...]) -> None:
        """Evaluate with exactly these loaded adapters from now on."""

    def close(self) -> None:
        """Free its memory; idempotent."""


class Model(Protocol):
    """A loaded model: weights, tokenizer, adapters, and the contexts on them."""

    @property
    def info(self) -> LoadedModel: ...
    @property
    def tokenizer(self) -> Tokenizer: ...
    @property
    def context(self) -> Context:
        """The context that is open as long as the model; all sequences share its cells."""

    @property
    def can_cut(self) -> bool:
        """Whether a sequence can be shortened anywhere; recurrent and sliding-window memory can't."""

    def load_adapter(self, path: Path) -> None:
        """Read a LoRA adapter; once read it stays until ``close``.

        Raises:
            AdapterError: the file can't be used with this model.
        """

    def open_streams(self, num_cells: int) -> Context | None:
        """Make a second context, with ``num_cells`` of its own for each sequence.

        None where that can't be had, or is no gain. It must be closed before the model changes or closes.
        """

    def reconfigure(self, tuning: Tuning) -> bool:
        """Run with ``tuning`` from now on; True if that took another ``context``, whose memory is empty."""

    def close(self) -> None:
        """Free all native memory; idempotent."""


ModelLoader = Callable[[Path, LoadOptions, Callable[[float], bool]], Model]
"""Loads a model; the callback gets the fraction done and answers whether to go on.

Raises:
    ModelError: the file can't be loaded, or the callback said no.
"""


class Embedder(Protocol):
    """A model that is loaded to embed texts; belongs to the engine thread."""

    @property
    def info(self) -> LoadedModel: ...
    def embed(self, texts: Sequence[str], go_on: Callable[[], bool]) -> Embeddings:
        """Return a vector per text; ``go_on`` is asked now and then.

        Raises:
            EngineError: the library fails, or ``go_on`` said no.
        """

    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...
    def close(self) -> None:
        """Free all native memory; idempotent."""


EmbedderLoader = Callable[[Path, LoadOptions, Callable[[float], bool]], Embedder]
"""Like ``ModelLoader``."""
