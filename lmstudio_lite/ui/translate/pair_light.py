"""Lights a sentence and its translation together: where the pointer is, else where the caret is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from lmstudio_lite.domain.translations import TranslatedSegment
from lmstudio_lite.ui.translate.panes import TextPane
from lmstudio_lite.ui.translate.sentence_pairs import SentencePair, number_at, pair_sentences


class PairLight(QObject):
    """Follows two panes. Knows the pairs of one state of both texts; a change of one of them ends them."""

    sentence_chosen = Signal(object)  # SentencePair, clicked on in the translation

    def __init__(self, source_pane: TextPane, target_pane: TextPane, parent: QObject) -> None:
        super().__init__(parent)
        self._source_pane = source_pane
        self._target_pane = target_pane
        self._pairs: list[SentencePair] = []
        self._lit: int | None = None
        source_pane.pointed.connect(self._on_source_pointed)
        target_pane.pointed.connect(self._on_target_pointed)
        source_pane.caret_moved.connect(self._on_source_caret_moved)
        target_pane.caret_moved.connect(self._on_target_caret_moved)
        target_pane.sentence_clicked.connect(self._on_target_clicked)
        source_pane.text_edited.connect(self.clear)

    @property
    def lit(self) -> SentencePair | None:
        """Return the pair that is lit."""
        return self._pairs[self._lit] if self._lit is not None else None

    def follow(self, segments: Sequence[TranslatedSegment]) -> None:
        """Find ``segments`` in what the panes show."""
        self.clear()
        self._pairs = pair_sentences(self._source_pane.text, self._target_pane.text, segments)

    @Slot()
    def clear(self) -> None:
        """Forget the pairs: the texts are others."""
        self._pairs = []
        self._light(None)

    def pair_at_caret(self) -> SentencePair | None:
        """Return the pair whose translation has the caret."""
        number = self._number_in_target(self._target_pane.caret)
        return self._pairs[number] if number is not None else None

    def _number_in_source(self, offset: int) -> int | None:
        return number_at([pair.source for pair in self._pairs], offset)

    def _number_in_target(self, offset: int) -> int | None:
        return number_at([pair.target for pair in self._pairs], offset)

    def _light(self, number: int | None, *, reveals_in: TextPane | None = None) -> None:
        if number == self._lit and reveals_in is None:
            return
        self._lit = number
        pair = self._pairs[number] if number is not None else None
        for pane, stretch in (
            (self._source_pane, pair.source if pair else None),
            (self._target_pane, pair.target if pair else None),
        ):
            pane.light(stretch, reveals=pane is reveals_in)

    @Slot(int)
    def _on_source_pointed(self, offset: int) -> None:
        if offset >= 0:
            self._light(self._number_in_source(offset))
        else:
            self._on_pointer_gone()

    @Slot(int)
    def _on_target_pointed(self, offset: int) -> None:
        if offset >= 0:
            self._light(self._number_in_target(offset))
        else:
            self._on_pointer_gone()

    def _on_pointer_gone(self) -> None:
        """Light what the caret is in, where one of the panes has it."""
        if self._target_pane.editor.hasFocus():
            self._light(self._number_in_target(self._target_pane.caret))
        elif self._source_pane.editor.hasFocus():
            self._light(self._number_in_source(self._source_pane.caret))
        else:
            self._light(None)

    @Slot(int)
    def _on_source_caret_moved(self, offset: int) -> None:
        self._light(self._number_in_source(offset), reveals_in=self._target_pane)

    @Slot(int)
    def _on_target_caret_moved(self, offset: int) -> None:
        self._light(self._number_in_target(offset), reveals_in=self._source_pane)

    @Slot(int)
    def _on_target_clicked(self, offset: int) -> None:
        number = self._number_in_target(offset)
        if number is not None:
            self.sentence_chosen.emit(self._pairs[number])
