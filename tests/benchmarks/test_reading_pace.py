"""Whether "40 pages summarized in about 6 min" turns out true: foretold from two rates, held against a run.

``LMSTUDIO_LITE_PACE_MODEL=FILE pytest -m soak -s tests/benchmarks/test_reading_pace.py`` takes minutes and
wants a quiet machine. Without it the starter runs, whose figure is printed and not judged: so small a model
writes several times as much as it is asked for.
"""

from __future__ import annotations

import dataclasses
import os
import time
from pathlib import Path

import pytest

from lmstudio_lite.bench.engine_run import EngineRun, open_engine
from lmstudio_lite.bench.setting import FULL, Setting
from lmstudio_lite.bench.texts import chronicle, words
from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.fit import Speed
from lmstudio_lite.domain.summaries import SummaryOptions
from lmstudio_lite.library.reading_pace import WORDS_A_PAGE, pages_per_min
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.tasks.evidence.judge import loaded_judge
from lmstudio_lite.tasks.summarize.summarizer import summarize
from lmstudio_lite.unsaved import UnsavedWork

_NUM_PAGES = 20
_WITHIN = 0.3
_VARIABLE = "LMSTUDIO_LITE_PACE_MODEL"


def _rates(engine: EngineRun, seed: int) -> Speed:
    """Return the rates of one sequence, of which ``app.models.fitting`` foretells other models'."""
    reply = engine.ask(words(450, seed), 48)
    usage = reply.wait()
    prompt = (usage.num_prompt_tokens - usage.num_cached_tokens) / usage.prompt_s
    return Speed(usage.tokens_per_s, prompt)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_summary_takes_as_long_as_foretold(
    tmp_path: Path, starter_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = os.environ.get(_VARIABLE, "")
    model = Path(chosen) if chosen else starter_model
    text = chronicle(_NUM_PAGES * WORDS_A_PAGE)
    num_pages = len(text.split()) / WORDS_A_PAGE
    scale = dataclasses.replace(FULL, is_tuned=True)
    setting = Setting(model, None, None, tmp_path, scale, lambda line: None)
    database = Database.open(tmp_path / "pace.sqlite3")
    try:
        with open_engine(setting, model, context_size=8192, num_sequences_max=16) as engine:
            before = _rates(engine, 1)
            began = time.perf_counter()
            cache = PartCache(database, UnsavedWork())
            cancellation = Cancellation()
            summarize(
                text_document(text, "a chronicle"),
                SummaryOptions(),
                engine=engine.client,
                report=lambda progress: None,
                cancellation=cancellation,
                cache=cache,
                judge=loaded_judge(engine.client, cancellation, cache=cache),
            )
            took_min = (time.perf_counter() - began) / 60
            after = _rates(engine, 2)
    finally:
        database.close()
    speed = Speed(
        (before.decode_tokens_per_s + after.decode_tokens_per_s) / 2,
        (before.prompt_tokens_per_s + after.prompt_tokens_per_s) / 2,
    )
    ratio = pages_per_min(speed) / (num_pages / took_min)
    with capsys.disabled():
        rates = f"decode {speed.decode_tokens_per_s:.1f}, prompt {speed.prompt_tokens_per_s:.0f} tokens/s"
        print(  # noqa: T201
            f"\n{model.name}: {num_pages / took_min:.2f} pages/min, foretold {ratio:.2f} times that; {rates}"
        )
    assert not chosen or 1 - _WITHIN <= ratio <= 1 + _WITHIN
