"""What all measures are given: models, the other programs, how much to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.bench.rows import Say, Tell

HALF_BILLION = range(380_000_000, 720_000_000)


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes of the measures. ``FULL`` is what the bounds are meant for, ``QUICK`` shows that all works.

    ``is_tuned``: each model is tuned before it is measured, as it would be after some minutes of use.
    """

    num_rounds: int
    num_decoded: int
    num_prompts: int
    num_words: int
    num_replied: int
    depth: int
    history: int
    num_chunks: int
    num_cancels: int
    num_steps: int
    num_pages: int
    is_tuned: bool


FULL = Scale(
    num_rounds=5,
    num_decoded=160,
    num_prompts=16,
    num_words=300,
    num_replied=64,
    depth=4096,
    history=3000,
    num_chunks=100,
    num_cancels=40,
    num_steps=200,
    num_pages=117,
    is_tuned=True,
)
QUICK = Scale(
    num_rounds=2,
    num_decoded=24,
    num_prompts=4,
    num_words=40,
    num_replied=8,
    depth=384,
    history=256,
    num_chunks=8,
    num_cancels=6,
    num_steps=24,
    num_pages=5,
    is_tuned=False,
)


@dataclass(frozen=True, slots=True)
class Setting:
    """``half_billion`` is the model for what is bound for 0.5B models, None if there is none.

    ``server`` is llama-server's executable. ``folder`` is empty at first and ours to fill. ``file`` is a
    document for the measures of documents, None to generate one. ``documents`` are patterns of names in the
    quality bench's corpus, none for all; ``without`` are the rules that are off in it.
    ``tell`` takes what a measure knows beside its rows.
    """

    model: Path
    half_billion: Path | None
    server: Path | None
    folder: Path
    scale: Scale
    say: Say
    file: Path | None = None
    documents: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    tell: Tell = lambda _: None

    @property
    def tuning_path(self) -> Path | None:
        """Where this run remembers what tuning measured; None where nothing is tuned."""
        return self.folder / "tuning.json" if self.scale.is_tuned else None
