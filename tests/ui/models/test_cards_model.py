"""The list of cards keeps its promises to any view, whatever comes, goes, is sought or sorted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from lmstudio_lite.domain.shelf import ModelEntry, Store
from lmstudio_lite.ui.models.card import CardFilter, SortBy, sort_key
from lmstudio_lite.ui.models.cards_model import CardRole, CardsModel

ENTRIES = st.builds(
    lambda number, size, store: ModelEntry(
        Path(f"/models/{number % 7}/model {number}.gguf"), size_bytes=size, store=store
    ),
    st.integers(0, 120),
    st.integers(0, 5),
    st.sampled_from((Store.OWN, Store.OLLAMA)),
)
STEPS = st.lists(
    st.one_of(
        st.lists(ENTRIES, max_size=60),
        st.sets(ENTRIES.map(lambda entry: entry.path), max_size=40),
        st.sampled_from((SortBy.NAME, SortBy.SIZE, SortBy.PARAMETERS)),
        st.builds(CardFilter, st.sampled_from(((), ("1",), ("model", "2"))), st.none() | st.just(Store.OWN)),
        st.booleans(),
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(STEPS)
def test_rows_come_go_and_move_as_views_are_told(qapp: QApplication, steps: list[object]) -> None:
    model = CardsModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    known: dict[Path, ModelEntry] = {}
    by, wanted = SortBy.NAME, CardFilter()
    for step in steps:
        watched = [(QPersistentModelIndex(model.index(row)), card) for row, card in enumerate(model.cards)]
        num_resets: list[None] = []
        model.modelReset.connect(lambda num_resets=num_resets: num_resets.append(None))
        match step:
            case SortBy():
                by = step
                model.set_sort(step)
            case CardFilter():
                wanted = step
                model.set_filter(step)
            case list():
                known |= {entry.path: entry for entry in step}
                model.put(step)
            case set():
                known = {path: entry for path, entry in known.items() if path not in step}
                model.put((), step)
            case bool():
                model.replace_cards(
                    [replace(card, note=replace(card.note, is_favourite=step)) for card in model.cards[::3]]
                )
        assert {card.entry.path for card in model.all_cards} == set(known)
        shown = [card for card in model.all_cards if wanted.lets_through(card)]
        assert model.cards == sorted(shown, key=lambda card: sort_key(card, by))
        assert all(model.row_of(card.entry.path) == row for row, card in enumerate(model.cards))
        for index, card in watched if not num_resets else ():
            if index.isValid():
                assert index.data(CardRole.CARD).entry.path == card.entry.path
            else:
                assert model.row_of(card.entry.path) < 0
    del tester


def test_files_tell_models_of_one_name_apart(qapp: QApplication) -> None:
    model = CardsModel()
    first, second = (ModelEntry(Path(f"/models/{place}/model.gguf"), size_bytes=1) for place in "ab")
    model.put([first])
    assert not model.index(0).data(CardRole.CARD).has_namesake
    changes: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda begin, end: changes.append((begin.row(), end.row())))
    model.put([second])
    assert changes == [(0, 1)]
    shown = [model.index(row).data(CardRole.CARD) for row in range(2)]
    assert all(card.has_namesake for card in shown)
    model.put([], [second.path])
    assert not model.index(0).data(CardRole.CARD).has_namesake
