"""Labels by likelihood against one ``Llama`` request for each text: a small run of ``bench``'s measure."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmstudio_lite.bench import classifying
from lmstudio_lite.bench.setting import QUICK, Setting


@pytest.mark.benchmark
def test_many_texts_take_a_part_of_the_time_of_one_request_each(
    tmp_path: Path, starter_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = classifying.against_llama(Setting(starter_model, None, None, tmp_path, QUICK, lambda _: None))
    assert row.ratio is not None
    with capsys.disabled():
        print(f"\n{row.measure}: ratio {row.ratio:.3f} (bound {row.bound} for 1,000 texts, 0.5B)", end="")  # noqa: T201
    assert row.ratio < 0.5  # generous: few texts, on a machine that may be busy
