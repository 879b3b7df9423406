"""SIGKILL in the middle of a translation: each sentence that was done comes back at the next start."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.stored_translations import outcome_from_result, recover_interrupted
from lmstudio_lite.app.translate import TranslateText, TranslationTask
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.domain.translations import TranslationProgress
from lmstudio_lite.paths import portable_paths
from lmstudio_lite.settings import SettingsStore

_NUM_SENTENCES = 12
_NUM_BEFORE = 3

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")


def test_a_killed_translation_comes_back_and_goes_on(tmp_path: Path, starter_model: Path) -> None:
    data, document = tmp_path / "data", tmp_path / "brief.txt"
    document.write_text(" ".join(f"Das Haus Nummer {n} ist alt." for n in range(_NUM_SENTENCES)), "utf-8")
    SettingsStore(portable_paths(data).settings_file).update("engine", measures=False)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.ui.translate.child", str(data), str(starter_model), str(document)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    num_told = next(int(line) for line in process.stdout if int(line) >= _NUM_BEFORE)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert psutil.wait_procs(children, timeout=20)[1] == []
    with Services.open(portable_paths(data), exclusive=True) as services:
        result = recover_interrupted(services)
        assert result is not None
        assert [found.id for found in services.results.list(ResultKind.TRANSLATION)] == [result.id]
        left = outcome_from_result(result)
        assert left.is_interrupted
        assert left.num_done >= num_told, "what was on the screen is on the disk"
        assert left.num_total == _NUM_SENTENCES
        known = services.run_record(result.id).find()
        services.load_model(starter_model)
        reports: list[TranslationProgress] = []

        def hear(event: object) -> None:
            progress = getattr(event, "value", None)
            if isinstance(progress, TranslationProgress):
                reports.append(progress)

        task = TranslationTask(left.task.text, "de", "en", document, document.name, continues=result.id)
        whole = TranslateText(services, task).run(JobContext(Cancellation(), hear))
        assert reports[0].num_done == len(known), "what was done is there at once"
        assert not whole.is_partial
        assert whole.result_id == result.id
        assert services.results.get(result.id).text == whole.text
