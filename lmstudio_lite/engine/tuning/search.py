"""Finding the fastest way to run a model on this machine, in idle slices that a request breaks off.

One dimension after the other, each measured where it matters: threads on single tokens and on prompts,
flash attention on both at the depth of a grown conversation, micro-batches on prompts, and a quantized
cache only on GPUs, where flash attention won and the next-token distributions stay as they were (on CPUs
llama.cpp reads prompts in tiles from a cache of floats only). A change must win by a margin, for
measurements on a busy machine lie. To leave flash attention takes a wide one: it passes over the cells
of other texts, without it sixteen texts at once take half as long again.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.models import KvType, Tuning
from lmstudio_lite.engine.templates.prompt_tokens import Tokenizer

BUDGET_S = 20.0
DEPTH = 4096
PROBE_BYTES_MAX = 512 << 20
PROMPT_TOKENS = 64
"""A chunk that speaks for longer ones: on CPUs flash attention works in tiles from 64 tokens on."""
EXCHANGE_PROMPT_TOKENS = 512
EXCHANGE_GENERATED_TOKENS = 256
"""The exchange whose time is compared: so much read and so much written at ``DEPTH``."""
MARGIN = 0.05
MARGIN_WITHOUT_FLASH = 0.15
MARGIN_QUANTIZED = 0.10
MICRO_BATCH_MARGIN = 0.03
MICRO_BATCH_SIZES = (128, 256, 512)
SLICE_MAX_S = 3.0
DIVERGENCE_MAX = 0.01
"""Mean Kullback-Leibler divergence in nats that a quantized cache may cost; 0.01 is below what Q6_K does."""
QUALITY_TEXT = (
    "The library opened in 1893 with 2,400 books and one reading lamp. By the time the river flooded, "
    "the caretaker had carried most of them to the attic; the rest dried on the church benches for a week."
)

Choice = TypeVar("Choice")


class Probe(Protocol):
    """A context to measure in; None means "interrupted, ask again"."""

    @property
    def depth(self) -> int: ...
    def set_threads(self, num_threads: int, num_threads_batch: int) -> None: ...
    def read(self, num_tokens: int) -> float | None: ...
    def generate(self) -> float | None: ...
    def deepen(self, depth: int) -> bool: ...
    def distributions(self, token_ids: list[int]) -> Any: ...
    def close(self) -> None: ...


class Tunable(Protocol):
    """What is tuned: a model that can be probed."""

    @property
    def cell_bytes(self) -> int: ...
    def open_probe(
        self, tuning: Tuning, context_size: int, is_interrupted: Callable[[], bool]
    ) -> Probe | None: ...
    @property
    def tokenizer(self) -> Tokenizer: ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """Seconds per prompt token read and per token generated."""

    prompt_s: float
    token_s: float

    @property
    def total_s(self) -> float:
        return EXCHANGE_PROMPT_TOKENS * self.prompt_s + EXCHANGE_GENERATED_TOKENS * self.token_s


@dataclass(slots=True)
class Tuner:
    """Measures step by step; ``step`` is called while there is nothing else to do.

    ``thread_counts`` are the candidates, the best guess first. What the user decided is not measured.
    """

    model: Tunable
    start: Tuning
    options: LoadOptions
    thread_counts: tuple[int, ...]
    trained_context: int
    is_interrupted: Callable[[], bool]
    figures: dict[str, float] = field(default_factory=dict)
    best: Tuning = field(init=False)
    spent_s: float = field(default=0.0, init=False)
    _steps: Generator[None, None, None] = field(init=False)
    _probes: list[Probe] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.best = self.start
        self._steps = self._measure()

    def step(self) -> bool:
        """Measure one thing; False when all is measured and ``best`` is the result."""
        began = time.perf_counter()
        try:
            next(self._steps)
        except StopIteration:
            return False
        finally:
            self.spent_s += time.perf_counter() - began
        return True

    def close(self) -> None:
        """Give up what is under way; idempotent."""
        self._steps.close()
        for probe in self._probes:
            probe.close()
        self._probes.clear()

    def _measure(self) -> Generator[None, None, None]:
        yield from self._choose_threads()
        if self.options.flash_attention is None:
            yield from self._choose_flash_attention()
        on_gpu = self.best.num_gpu_layers > 0
        if on_gpu and self.best.flash_attention and self.options.kv_type is None:
            yield from self._choose_kv_type()
        if self.options.micro_batch_size is None:
            yield from self._choose_micro_batch()
        yield from self._measure_pace()

    # One dimension each

    def _choose_threads(self) -> Generator[None, None, None]:
        counts = self.thread_counts
        if self.options.num_threads is not None or len(counts) < 2:
            return
        probe = self._open(self.best, 512)
        if probe is None:
            return
        yield from self._warm_up(probe)
        tokens: dict[int, list[float]] = {count: [] for count in counts}
        prompts: dict[int, list[float]] = {count: [] for count in counts}
        for _ in range(3):
            for count in counts:
                probe.set_threads(count, count)
                yield from self._sample(tokens[count], probe.generate, 2)
                yield from self._sample(prompts[count], lambda: probe.read(PROMPT_TOKENS), 1)
            if self._is_late(0.4):
                break
        self._close(probe)
        for count in counts:
            self.figures[f"token_ms_threads_{count}"] = 1000 * statistics.median(tokens[count])
        self.best = replace(
            self.best,
            num_threads=pick(counts, lambda count: statistics.median(tokens[count]), MARGIN),
            num_threads_batch=pick(counts, lambda count: statistics.median(prompts[count]), MARGIN),
        )

    def _choose_flash_attention(self) -> Generator[None, None, None]:
        found: dict[bool, Exchange] = {}
        for is_on in (self.best.flash_attention, not self.best.flash_attention):
            tuning = replace(self.best, flash_attention=is_on)
            exchange = yield from self._exchange(tuning)
            if exchange is None:
                return
            found[is_on] = exchange
            name = "flash" if is_on else "plain"
            self.figures[f"token_ms_{name}"] = 1000 * exchange.token_s
            self.figures[f"prompt_ms_{name}"] = 1000 * exchange.prompt_s
            if self._is_late(0.7):
                return
        margin = MARGIN_WITHOUT_FLASH if self.best.flash_attention else MARGIN
        choice = pick(list(found), lambda is_on: found[is_on].total_s, margin)
        self.best = replace(self.best, flash_attention=choice)

    def _choose_kv_type(self) -> Generator[None, None, None]:
        if self._is_late(0.7):
            return
        small = replace(self.best, kv_type=KvType.Q8_0)
        token_ids = self.model.tokenizer.tokenize(QUALITY_TEXT, add_special=True, parse_special=False)[:64]
        rows: list[Any] = []
        for tuning in (self.best, small):
            probe = self._open(tuning, 512)
            if probe is None:
                return
            while (found := probe.distributions(token_ids)) is None:
                yield
            rows.append(found)
            self._close(probe)
            yield
        lost = divergence(*rows)
        self.figures["divergence_q8_0"] = lost
        if lost > DIVERGENCE_MAX:
            return
        found_exchanges = {}
        for tuning in (self.best, small):
            exchange = yield from self._exchange(tuning)
            if exchange is None:
                return
            found_exchanges[tuning.kv_type] = exchange.total_s
        self.figures["exchange_s_q8_0"] = found_exchanges[KvType.Q8_0]
        if found_exchanges[KvType.Q8_0] < found_exchanges[KvType.F16] * (1 - MARGIN_QUANTIZED):
            self.best = small

    def _choose_micro_batch(self) -> Generator[None, None, None]:
        """The smallest that is about as fast as any: smaller buffers, shorter steps."""
        per_token: dict[int, float] = {}
        for size in MICRO_BATCH_SIZES:
            fastest = min(per_token.values(), default=0.0)
            if fastest * size > SLICE_MAX_S or self._is_late(0.9) or size > self.trained_context:
                break
            probe = self._open(replace(self.best, micro_batch_size=size), 1024)
            if probe is None:
                break
            if not per_token:
                yield from self._warm_up(probe)
            samples: list[float] = []
            yield from self._sample(samples, lambda probe=probe, size=size: probe.read(size), 1)  # type: ignore[misc]
            self._close(probe)
            per_token[size] = min(samples) / size
            self.figures[f"prompt_ms_batch_{size}"] = 1000 * per_token[size]
        if not per_token:
            return
        fastest = min(per_token.values())
        enough = next(size for size in per_token if per_token[size] <= fastest * (1 + MICRO_BATCH_MARGIN))
        # Sizes that were not tried are too slow to fill in a step: what was largest is large enough.
        self.best = replace(self.best, micro_batch_size=enough)

    # Measuring

    def _measure_pace(self) -> Generator[None, None, None]:
        """Take the figures of the result that other models' speed is foretold from, at no depth and deep."""
        probe = self._open(self.best, 1024)
        if probe is None:
            return
        yield from self._warm_up(probe)
        tokens: list[float] = []
        prompts: list[float] = []
        size = min(self.best.micro_batch_size, max(1, self.trained_context // 2) or PROMPT_TOKENS, 256)
        yield from self._sample(tokens, probe.generate, 7)
        yield from self._sample(prompts, lambda: probe.read(size), 2)
        short: list[float] = []
        yield from self._sample(short, lambda: probe.read(PROMPT_TOKENS), 1)
        self._close(probe)
        self.figures["prompt_ms_short"] = 1000 * min(short) / PROMPT_TOKENS
        self.figures["token_ms"] = 1000 * statistics.median(tokens)
        self.figures["prompt_ms"] = 1000 * min(prompts) / size
        name = "flash" if self.best.flash_attention else "plain"
        for kind in ("token_ms", "prompt_ms"):
            if f"{kind}_{name}" in self.figures:
                self.figures[f"{kind}_deep"] = self.figures[f"{kind}_{name}"]

    def _exchange(self, tuning: Tuning) -> Generator[None, None, Exchange | None]:
        """Time single tokens and a prompt chunk at ``DEPTH``, or as deep as memory and model allow."""
        affordable = PROBE_BYTES_MAX // max(1, self.model.cell_bytes)
        context_size = min(DEPTH + 512, max(512, affordable), max(512, self.trained_context)) // 256 * 256
        probe = self._open(tuning, context_size)
        if probe is None:
            return None
        while not probe.deepen(DEPTH):
            yield
        yield
        self.figures["depth"] = float(probe.depth)
        tokens: list[float] = []
        prompts: list[float] = []
        yield from self._sample(tokens, probe.generate, 5)
        yield from self._sample(prompts, lambda: probe.read(PROMPT_TOKENS), 2)
        self._close(probe)
        return Exchange(min(prompts) / PROMPT_TOKENS, statistics.median(tokens))

    def _warm_up(self, probe: Probe) -> Generator[None, None, None]:
        """Bring the weights in from disk before anything counts."""
        yield from self._sample([], probe.generate, 2)

    def _sample(
        self, samples: list[float], measure: Callable[[], float | None], count: int
    ) -> Generator[None, None, None]:
        for _ in range(count):
            while (seconds := measure()) is None:
                yield
            samples.append(seconds)
            yield

    def _open(self, tuning: Tuning, context_size: int) -> Probe | None:
        probe = self.model.open_probe(tuning, context_size, self.is_interrupted)
        if probe is not None:
            self._probes.append(probe)
        return probe

    def _close(self, probe: Probe) -> None:
        self._probes.remove(probe)
        probe.close()

    def _is_late(self, share: float) -> bool:
        return self.spent_s > BUDGET_S * share


def pick(choices: Iterable[Choice], cost: Callable[[Choice], float], margin: float) -> Choice:
    """Return the first choice, or the cheapest one if it saves more than ``margin`` of its cost."""
    first, *others = choices
    best = min([first, *others], key=cost)
    return best if cost(best) < cost(first) * (1 - margin) else first


def divergence(reference: Any, other: Any) -> float:
    """Mean Kullback-Leibler divergence in nats of rows of log probabilities from the reference's."""
    import numpy as np

    return float((np.exp(reference) * (reference - other)).sum(axis=1).mean())


def thread_candidates(num_cores: int, num_threads: int) -> tuple[int, ...]:
    """Return the numbers of threads worth trying: all cores, one fewer, every hardware thread."""
    candidates = (num_cores, num_cores - 1 if num_cores > 2 else num_cores, num_threads)
    return tuple(dict.fromkeys(count for count in candidates if count > 0))
