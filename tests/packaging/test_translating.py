"""The template holds every text of the code, and translations keep up with it."""

from __future__ import annotations

from pathlib import Path

import polib
import pytest
from translating import collecting
from translating.collecting import TEMPLATE, collect, update

from lmstudio_lite.words.translate import catalogue_path, tr, trc, trn, use_language


def test_the_template_is_up_to_date() -> None:
    kept = {
        (
            entry.msgctxt,
            entry.msgid,
            entry.msgid_plural,
            tuple(sorted({place for place, _ in entry.occurrences})),
        )
        for entry in polib.pofile(str(TEMPLATE))
    }
    found = set()
    for message in collect():
        if message.id:
            singular, plural = message.id if isinstance(message.id, tuple) else (message.id, "")
            places = tuple(sorted({place for place, _ in message.locations}))
            found.add((message.context, singular, plural, places))
    assert found == kept, "run packaging/translations.py"


def test_a_translation_is_begun_filled_in_and_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "FOLDER", tmp_path)
    update("pl")
    path = catalogue_path("pl", tmp_path)
    catalog = polib.pofile(str(path))
    assert "nplurals=3" in catalog.metadata["Plural-Forms"]
    catalog.find("Settings").msgstr = "Ustawienia"
    catalog.find("{n} page").msgstr_plural = {0: "{n} strona", 1: "{n} strony", 2: "{n} stron"}
    catalog.find("German", msgctxt="a language").msgstr = "niemiecki"
    catalog.append(polib.POEntry(msgid="A text that is gone", msgstr="Nie ma"))
    catalog.save(str(path))
    update("pl")
    assert "A text that is gone" not in path.read_text("utf-8")
    try:
        assert use_language("pl", folder=tmp_path) == "pl"
        assert tr("Settings") == "Ustawienia"
        assert [trn("{n} page", "{n} pages", n) for n in (1, 2, 5)] == ["1 strona", "2 strony", "5 stron"]
        assert trc("a language", "German") == "niemiecki"
        assert tr("Language") == "Language"
    finally:
        use_language("en")
