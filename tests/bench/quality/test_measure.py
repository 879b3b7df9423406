"""The measure with the starter model on the shortest document."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmstudio_lite.bench.quality.corpus import corpus_folder
from lmstudio_lite.bench.quality.measure import expected_s, of_corpus
from lmstudio_lite.bench.setting import QUICK, Setting
from lmstudio_lite.library.models import ModelLibrary


def setting(tmp_path: Path, told: list[object], *documents: str) -> Setting:
    model = ModelLibrary(tmp_path, lambda: []).starter_path()
    assert model is not None
    return Setting(model, None, None, tmp_path, QUICK, lambda _: None, documents=documents, tell=told.append)


@pytest.mark.benchmark
def test_the_starter_is_marked_on_one_document(tmp_path: Path) -> None:
    told: list[object] = []
    rows = of_corpus(setting(tmp_path, told, "en-ferry-news"))
    assert [row.measure for row in rows][:2] == ["quality-facts", "quality-false-claims"]
    (line,) = told
    assert isinstance(line, dict)
    assert line["document"] == "en-ferry-news"
    assert line["summary"]["text"]
    assert line["bare"]["text"]
    assert 0 < line["summary"]["facts"] <= 1


def test_a_name_that_no_document_has_is_said_in_the_row(tmp_path: Path) -> None:
    (row,) = of_corpus(setting(tmp_path, [], "nothing-*"))
    assert row.holds is None
    assert row.note


def test_the_time_grows_with_the_documents(tmp_path: Path) -> None:
    assert 0 < expected_s(setting(tmp_path, [], "en-ferry-news")) < expected_s(setting(tmp_path, []))
    assert corpus_folder().is_dir()
