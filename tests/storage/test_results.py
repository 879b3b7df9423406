from __future__ import annotations

import pytest

from lmstudio_lite.domain.records import SpanRecord, SummaryRecord, TranslationRecord
from lmstudio_lite.domain.results import ResultKind, StoredResult
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.storage.results import Results
from lmstudio_lite.storage.times import now_us


def add(results: Results, title: str, text: str, kind: ResultKind = ResultKind.SUMMARY) -> StoredResult:
    record = SummaryRecord(num_parts=3) if kind is ResultKind.SUMMARY else TranslationRecord(num_total=3)
    return results.add(title, f"/papers/{title}.pdf", "ab12", "the source", text, record)


def test_a_result_comes_back_with_its_source(results: Results) -> None:
    added = add(results, "Paper", "It says little.")
    assert results.get(added.id) == added
    assert added.source_text == "the source"
    assert added.summary.num_parts == 3


def test_a_list_is_newest_first_of_one_kind_without_sources(results: Results) -> None:
    first, second = add(results, "First", "a"), add(results, "Second", "b")
    add(results, "Other", "c", ResultKind.TRANSLATION)
    assert [(found.id, found.source_text) for found in results.list(ResultKind.SUMMARY)] == [
        (second.id, ""),
        (first.id, ""),
    ]
    results.update(first.id, text="a again", record=SummaryRecord())
    assert [found.title for found in results.list(ResultKind.SUMMARY, limit=1)] == ["First"]


def test_an_update_replaces_text_and_details_only(results: Results) -> None:
    added = add(results, "Paper", "first words")
    record = SummaryRecord(language="de", read=(SpanRecord(1, 2),))
    updated = results.update(added.id, text="last words", record=record)
    assert updated == results.get(added.id)
    assert (updated.text, updated.record) == ("last words", record)
    assert (updated.title, updated.source_text, updated.created_at) == (
        added.title,
        added.source_text,
        added.created_at,
    )


@pytest.mark.parametrize(
    ("query", "titles"),
    [("gewicht", ["Waage"]), ("天气", ["天气预报"]), ("雨", ["天气预报"]), ("waage kilo", ["Waage"])],
)
def test_search_reads_title_and_text(results: Results, query: str, titles: list[str]) -> None:
    add(results, "Waage", "Das Höchstgewicht ist 5 Kilo.")
    add(results, "天气预报", "明天有雨")
    assert [found.title for found in results.list(ResultKind.SUMMARY, query)] == titles
    assert results.list(ResultKind.TRANSLATION, query) == []


def test_search_follows_changes(results: Results) -> None:
    added = add(results, "Paper", "pineapple")
    results.update(added.id, text="mango", record=SummaryRecord())
    assert results.list(ResultKind.SUMMARY, "pineapple") == []
    assert results.rename(added.id, "Fruit").title == "Fruit"
    assert [found.title for found in results.list(ResultKind.SUMMARY, "fruit mango")] == ["Fruit"]
    assert results.list(ResultKind.SUMMARY, "paper") == []


def test_delete_and_undo(results: Results) -> None:
    added = add(results, "Paper", "text")
    results.delete(added.id)
    assert results.list(ResultKind.SUMMARY) == []
    assert results.list(ResultKind.SUMMARY, "text") == []
    assert results.restore(added.id) == added
    assert len(results.list(ResultKind.SUMMARY, "text")) == 1
    results.delete(added.id)
    assert results.purge_deleted() == 1
    with pytest.raises(NotStoredError):
        results.get(added.id)


def test_half_a_surrogate_pair_is_replaced(results: Results) -> None:
    added = results.add("\ud800", "\udcff", "", "\ud83d", "\ud83d", TranslationRecord(target="\ud83d"))
    assert (added.title, added.source_text, added.text) == ("\ufffd", "\ufffd", "\ufffd")


def test_what_is_gone_is_told(results: Results) -> None:
    with pytest.raises(NotStoredError):
        results.get("nowhere")
    with pytest.raises(NotStoredError):
        results.update("nowhere", text="", record=SummaryRecord())
    with pytest.raises(NotStoredError):
        results.delete("nowhere")


def test_a_clock_that_was_set_back_changes_no_order(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(results, "before", "a")
    set_back = now_us() - 365 * 24 * 3600 * 1_000_000
    monkeypatch.setattr("lmstudio_lite.storage.results.now_us", lambda: set_back)
    after = add(results, "after", "b")
    assert [found.title for found in results.list(ResultKind.SUMMARY)] == ["after", "before"]
    results.update(results.list(ResultKind.SUMMARY)[1].id, text="again", record=SummaryRecord())
    assert [found.id for found in results.list(ResultKind.SUMMARY)][1] == after.id


def test_versions_are_kept_beside_the_newest(results: Results) -> None:
    added = add(results, "Paper", "bullets")
    assert results.versions(added.id) == []
    number = results.add_version(
        added.id, text="paragraph", record=SummaryRecord(form="p"), keeps_present=True
    )
    first, second = results.versions(added.id)
    assert (first.text, second.text, second.number) == ("bullets", "paragraph", number)
    assert results.get(added.id).text == "paragraph"
    results.update_version(added.id, first.number, text="points", record=SummaryRecord(is_edited=True))
    assert [version.text for version in results.versions(added.id)] == ["points", "paragraph"]
    assert results.get(added.id).text == "points"
    assert [found.id for found in results.list(ResultKind.SUMMARY, "points")] == [added.id]
    results.delete(added.id)
    results.purge_deleted()
    assert results.versions(added.id) == []
