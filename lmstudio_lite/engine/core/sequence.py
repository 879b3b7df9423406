"""One request on its way through the engine."""

from __future__ import annotations

from dataclasses import dataclass, field

from lmstudio_lite.domain.generation import FinishReason, GenerationRequest, TokenChoice, Usage
from lmstudio_lite.engine.backend import Sampler
from lmstudio_lite.engine.core.scoring import ContinuationScores
from lmstudio_lite.engine.core.speculation import Speculator
from lmstudio_lite.engine.core.text_stream import TextStream


@dataclass(frozen=True, slots=True)
class TokenizedRequest:
    """A request whose prompt is rendered and tokenized, without a place yet."""

    request: GenerationRequest
    token_ids: list[int]
    num_dropped_turns: int = 0

    @property
    def num_cells(self) -> int | None:
        """Cells that it would fill with its prompt and the whole of its text; None if it says no end."""
        limit = self.request.max_tokens
        return len(self.token_ids) + limit if limit is not None else None


@dataclass(slots=True, eq=False)
class Sequence:
    """A request's tokens and how many of them stand in the KV cache.

    ``token_ids`` are the prompt and then what was sampled; the first ``num_computed`` are evaluated.
    There is no separate prefill state: a sequence generates while one token is pending, and a
    preempted one simply has ``num_computed`` 0 again.

    ``choices`` wait to be reported; ``ended`` is why the text is complete, None while it goes on.
    ``proposed`` are guesses at what follows, evaluated behind the pending token in the step under way.
    ``num_passed_over`` counts the steps since it last got a token evaluated.

    ``scores`` collect the probabilities of given continuations, None where a text is generated; then what
    stands behind the prompt is the one that is looked into.
    ``given`` are the tokens of a text that is read, not sampled; [] for none.

    ``leads_group`` marks the first of several requests that were submitted as one group.

    ``sequence_id`` is the KV cache's, None while waiting. ``num_shared`` of the computed tokens lie in
    cells that another sequence brought. Times are of the engine's clock, in seconds.
    """

    request: GenerationRequest
    arrival: int
    token_ids: list[int]
    num_prompt_tokens: int
    max_tokens: int
    stream: TextStream
    submitted_at: float
    num_dropped_turns: int = 0
    leads_group: bool = False
    sequence_id: int | None = None
    num_computed: int = 0
    num_shared: int = 0
    num_cached: int = 0
    num_unreported: int = 0
    sampler: Sampler | None = None
    admitted_at: float | None = None
    first_token_at: float | None = None
    last_token_at: float | None = None
    num_passed_over: int = 0
    proposed: list[int] = field(default_factory=list)
    num_proposed: int = 0
    num_accepted: int = 0
    speculator: Speculator | None = None
    choices: list[TokenChoice] = field(default_factory=list)
    given: list[int] = field(default_factory=list)
    ended: FinishReason | None = None
    scores: ContinuationScores | None = None

    @property
    def num_pending(self) -> int:
        """Tokens still to be evaluated before the next one can be sampled."""
        return len(self.token_ids) - self.num_computed

    @property
    def num_generated(self) -> int:
        return len(self.token_ids) - self.num_prompt_tokens

    @property
    def is_generating(self) -> bool:
        return self.num_generated > 0 and self.num_pending == 1

    @property
    def is_retry(self) -> bool:
        return bool(self.request.retry_of)

    @property
    def num_own_cells(self) -> int:
        return self.num_computed - self.num_shared

    def usage(self) -> Usage:
        """Return what it cost so far; waiting in the queue does not count as prompt time."""
        first, last = self.first_token_at, self.last_token_at
        began = self.admitted_at if self.admitted_at is not None else self.submitted_at
        return Usage(
            num_prompt_tokens=self.num_prompt_tokens,
            num_cached_tokens=self.num_cached,
            num_generated_tokens=self.num_generated,
            prompt_s=first - began if first is not None else 0.0,
            generation_s=last - first if first is not None and last is not None else 0.0,
            num_proposed_tokens=self.num_proposed,
            num_accepted_tokens=self.num_accepted,
        )
