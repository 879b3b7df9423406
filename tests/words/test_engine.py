from __future__ import annotations

from lmstudio_lite.domain.models import Rung
from lmstudio_lite.words.engine import say_restart, say_restarted, say_rung, say_tuning


def test_every_rung_has_words_and_the_first_none() -> None:
    assert say_rung(Rung.NORMAL.value) == ""
    assert all(say_rung(rung.value) for rung in Rung if rung is not Rung.NORMAL)
    assert say_rung("from a later version") == ""


def test_a_restart_says_why_and_how() -> None:
    assert say_restart("SIGKILL", "less_memory").endswith(
        "most likely for want of memory. It starts again with less memory."
    )
    assert "exit code 3" in say_restart("exit code 3", "normal")
    assert say_restart("", "normal") == "The engine stopped unexpectedly. It starts again."
    assert (
        say_restarted("", "less_memory") == "The engine stopped unexpectedly. It runs with less memory now."
    )
    assert say_restarted("", "normal") == "The engine stopped unexpectedly. It runs again."


def test_what_a_model_runs_with() -> None:
    words = say_tuning(
        flash_attention=False, num_threads=4, num_threads_batch=8, micro_batch=256, kv_type="q8_0"
    )
    assert words == "flash attention off, 4 threads (8 for prompts), prompts in parts of 256, cache in Q8_0"
