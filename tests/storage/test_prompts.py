from __future__ import annotations

import pytest

from lmstudio_lite.domain.prompts import Prompt
from lmstudio_lite.domain.writing import Brief, ComposedText, Fault, Finding, Preset
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.storage.composed_texts import KEPT_MAX, ComposedTexts
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.prompts import PromptRows


def test_prompts_are_kept_changed_deleted_and_restored(database: Database) -> None:
    rows = PromptRows(database)
    two, one = rows.add([Prompt("two", "2"), Prompt("One", "1 {{x}}")])
    assert rows.list() == [one, two]
    rows.change(one.id, Prompt("Third", "3"))
    rows.delete(two.id)
    assert [kept.prompt for kept in rows.list()] == [Prompt("Third", "3")]
    rows.restore(two.id)
    assert len(rows.list()) == 2
    rows.delete(two.id)
    rows.purge_deleted()
    with pytest.raises(NotStoredError):
        rows.restore(two.id)
    with pytest.raises(NotStoredError):
        rows.change("gone", Prompt("x", "y"))


def test_composed_texts_come_back_as_they_were(database: Database) -> None:
    texts = ComposedTexts(database)
    brief = Brief(Preset.SEO, "عن الميناء", "friendly", 0, "everybody", "ar", before="older", resize=0.5)
    number = texts.add(ComposedText(brief, "Title: x", (Finding(Fault.TITLE_LONG, 70, 60, "w"),)))
    (found,) = texts.list()
    assert found.brief == Brief(Preset.SEO, "عن الميناء", "friendly", 0, "everybody", "ar")
    assert found.findings == (Finding(Fault.TITLE_LONG, 70, 60, "w"),)
    texts.put(number, ComposedText(Brief(Preset.POEM, "rain"), "other"))
    (found,) = texts.list()
    assert (found.text, found.brief.preset, found.findings) == ("other", Preset.POEM, ())
    texts.remove(number)
    assert texts.list() == []


def test_the_oldest_texts_go_and_odd_rows_are_read_as_far_as_they_make_sense(database: Database) -> None:
    texts = ComposedTexts(database)
    for number in range(KEPT_MAX + 3):
        texts.add(ComposedText(Brief(Preset.POEM, str(number)), str(number)))
    assert [len(texts.list()), texts.list()[0].text] == [KEPT_MAX, "3"]
    with database.write() as connection:
        connection.execute("UPDATE composed_texts SET record = '[1, {'")
        connection.execute(
            'UPDATE composed_texts SET record = \'{"brief": {"preset": "new", "words": "x"},'
            ' "findings": [{"fault": "new"}, 3]}\' WHERE number % 2'
        )
    assert {found.brief.preset for found in texts.list()} == {Preset.ARTICLE}
