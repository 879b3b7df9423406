"""The six stages of the lesson: each in a few sentences, and with the numbers of the run below them."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.tokenize_preview import Cut, cut_text
from lmstudio_lite.app.train import RunRecord
from lmstudio_lite.errors import AppError
from lmstudio_lite.finetune.lesson import AttentionSeen, EmbeddingSeen, GuessSeen, TextsSeen
from lmstudio_lite.finetune.protocol import Evaluated, Sample
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.finetune.lesson_pictures import AttentionMap, GuessBars, PiecesLine, WordMap, visible
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words import explain
from lmstudio_lite.words.translate import mark, tr

_TYPING_MS = 150
_MERGES_SHOWN = 12
_STEPS_SHOWN = 8


class Stage(QFrame):
    """A card with a number, a name and a few sentences."""

    def __init__(self, number: int, name: str, words: str, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "card")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(design.SPACE_16, design.SPACE_12, design.SPACE_16, design.SPACE_12)
        self.column.setSpacing(design.SPACE_8)
        self.column.addWidget(text_label(f"{number}  {name}", self, role="heading"))
        self.column.addWidget(text_label(words, self, wrap=True))

    def line(self, role: str = "small") -> QLabel:
        """Add a line of text that can be selected."""
        label = wrapped("", self, role)
        self.column.addWidget(label)
        return label


class DataStage(Stage):
    """What there is to learn from."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(1, tr("Data"), tr(_DATA), parent)
        self.counts = self.line()
        self.beginning = self.line("")
        self.characters = self.line()

    def show_texts(self, texts: TextsSeen | None) -> None:
        if texts is None:
            self.counts.setText("")
            self.beginning.setText("")
            self.characters.setText(tr("It comes when the training begins."))
            return
        said = tr("{0} texts, {1} characters, {2} different ones.")
        counts = (f"{count:,}" for count in (texts.num_texts, texts.num_characters, texts.num_distinct))
        self.counts.setText(said.format(*counts))
        self.beginning.setText(f"{texts.beginning} …")
        shares = (
            f"{visible(letter)}\u00a0{count / max(1, texts.num_characters):.1%}"
            for letter, count in texts.commonest
        )
        self.characters.setText(tr("Commonest: {0}").format("   ".join(shares)))


class TokenizerStage(Stage):
    """The merges that were learned, and what they make of a sentence that is typed."""

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(2, tr("Tokenizer"), tr(_TOKENIZER), parent)
        self._bridge = bridge
        self._record: RunRecord | None = None
        self._wish = 0
        self.first_merges = self.line()
        self.latest_merges = self.line()
        self.sentence_edit = QLineEdit(self)
        self.sentence_edit.setPlaceholderText(tr("Type a sentence and see how it is cut"))
        self.sentence_edit.setAccessibleName(tr("Sentence to cut"))
        self.column.addWidget(self.sentence_edit)
        self.pieces = PiecesLine(theme, tr("The text in tokens"), self)
        self.column.addWidget(self.pieces)
        self.cut_line = self.line()
        self.way = self.line()
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._on_typed)
        self.sentence_edit.textChanged.connect(lambda: self._typing.start())

    def show_run(self, record: RunRecord | None) -> None:
        """Show what a run's tokenizer learned; what was typed is cut with this one."""
        self._record = record
        learned = record.lesson.tokenizer if record is not None else None
        if learned is None:
            for label in (self.first_merges, self.latest_merges, self.cut_line, self.way):
                label.setText("")
            self.pieces.show_pieces(())
            return
        first = "   ".join(_merge(pair) for pair in learned.merges[:_MERGES_SHOWN])
        latest = "   ".join(_merge(pair) for pair in learned.latest[-_MERGES_SHOWN:])
        self.first_merges.setText(tr("Learned first: {0}").format(first))
        said = tr("Last, up to number {0}: {1}").format(f"{learned.num_merges:,}", latest)
        self.latest_merges.setText(said if latest else "")
        if self.sentence_edit.text():
            self._typing.start()
            return
        self.pieces.show_pieces(learned.pieces)
        self.way.setText("")
        said = tr("{0} tokens in all; in your text one stands for {1} characters.")
        self.cut_line.setText(
            said.format(f"{learned.vocabulary_size:,}", f"{learned.characters_per_token:.1f}")
        )

    @Slot()
    def _on_typed(self) -> None:
        text, record = self.sentence_edit.text(), self._record
        self._wish += 1
        wish = self._wish
        if record is None or record.lesson.tokenizer is None:
            return
        if not text:
            self.show_run(record)
            return
        model = record.folder.initial_model
        self._bridge.run(
            lambda context: cut_text(model, text),
            on_done=lambda cut: self._on_cut(cut) if wish == self._wish else None,
            on_failed=lambda error: self._on_failed(error) if wish == self._wish else None,
            lane="finetune lesson",
        )

    def _on_cut(self, cut: Cut) -> None:
        self.pieces.show_pieces(cut.pieces)
        numbers = " ".join(map(str, cut.token_ids))
        said = tr("{0} tokens. The model sees: {1}")
        self.cut_line.setText(said.format(f"{len(cut.pieces):,}", numbers))
        ways = ["|".join(map(visible, step.pieces)) for step in cut.steps]
        if len(ways) > _STEPS_SHOWN:
            ways = [*ways[: _STEPS_SHOWN - 2], "…", *ways[-2:]]
        said = tr("How {0} came together: {1}")
        self.way.setText(said.format(visible(cut.word), "  ▸  ".join(ways)) if ways else "")

    def _on_failed(self, error: Exception) -> None:
        self.pieces.show_pieces(())
        self.cut_line.setText(explain(error).what if isinstance(error, AppError) else str(error))
        self.way.setText("")


class EmbeddingStage(Stage):
    """Where the commonest words lie, and which are near each other."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(3, tr("Embedding"), tr(_EMBEDDING), parent)
        self.numbers = self.line()
        self.words = WordMap(theme, tr("Words by their vectors"), self)
        self.column.addWidget(self.words)
        self.neighbours = self.line()

    def show_embedding(self, seen: EmbeddingSeen | None) -> None:
        self.words.show_embedding(seen)
        self.words.setVisible(seen is not None)
        if seen is None:
            self.numbers.setText("")
            self.neighbours.setText(tr("There are no words yet that come often enough."))
            return
        numbers = "  ".join(f"{number:+.3f}" for number in seen.numbers)
        said = tr("{0} is {1} … ({2} numbers)")
        self.numbers.setText(said.format(visible(seen.piece), numbers, f"{seen.width:,}"))
        lines = [
            f"{visible(word.piece)}: "
            + ", ".join(f"{visible(piece)} ({cosine:+.2f})" for piece, cosine in word.nearest)
            for word in seen.neighbours
        ]
        said = tr("Nearest (1 is the same direction, 0 nothing in common):")
        self.neighbours.setText("\n".join((said, *lines)))


class AttentionStage(Stage):
    """One head at a time."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(4, tr("Attention"), tr(_ATTENTION), parent)
        self._seen: AttentionSeen | None = None
        self.layer_box, self.head_box = QComboBox(self), QComboBox(self)
        self.layer_box.setAccessibleName(tr("Layer"))
        self.head_box.setAccessibleName(tr("Head"))
        row = QHBoxLayout()
        row.setSpacing(design.SPACE_8)
        for name, box in ((tr("Layer"), self.layer_box), (tr("Head"), self.head_box)):
            row.addWidget(text_label(name, self, role="small"))
            row.addWidget(box)
            box.currentIndexChanged.connect(self._on_head_chosen)
        row.addStretch(1)
        self.column.addLayout(row)
        self.map = AttentionMap(theme, tr("Who looks at whom"), self)
        self.column.addWidget(self.map)

    def show_attention(self, seen: AttentionSeen | None) -> None:
        self._seen = seen
        for box, count in (
            (self.layer_box, seen.num_layers if seen else 0),
            (self.head_box, seen.num_heads if seen else 0),
        ):
            if box.count() != count:
                box.blockSignals(True)
                box.clear()
                box.addItems([str(number) for number in range(1, count + 1)])
                box.blockSignals(False)
        self._on_head_chosen()

    @Slot()
    def _on_head_chosen(self, _number: int = 0) -> None:
        layer, head = max(0, self.layer_box.currentIndex()), max(0, self.head_box.currentIndex())
        self.map.show_head(self._seen, layer, head)


class LossStage(Stage):
    """What a blind guess costs, and what this one does; the curve is put below it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(5, tr("Loss"), tr(_LOSS), parent)
        self.blind = self.line()
        self.guess = GuessBars(theme, tr("How sure it was of each token"), self)
        self.column.addWidget(self.guess)
        self.following = self.line()

    def show_guess(self, seen: GuessSeen | None, evaluations: list[Evaluated]) -> None:
        self.guess.show_guess(seen)
        if seen is None:
            self.blind.setText("")
            self.following.setText("")
            return
        size = f"{seen.vocabulary_size:,}"
        said = tr("Who knows nothing gives each of {0} tokens the same: a loss of ln {0} = {1}.")
        parts = [said.format(size, f"{math.log(seen.vocabulary_size):.2f}")]
        mean = -sum(math.log(max(share, 1e-9)) for share in seen.shares) / max(1, len(seen.shares))
        said = tr("In this sentence the mean after {0} steps is {1}.")
        parts.append(said.format(f"{seen.step:,}", f"{mean:.2f}"))
        measured = next((found for found in evaluations if found.step == seen.step), None)
        if measured is not None:
            loss = measured.validation_loss
            said = tr("On all that was held back it was {0}: as if undecided among {1} tokens.")
            parts.append(said.format(f"{loss:.2f}", f"{math.exp(min(loss, 50)):,.0f}"))
        self.blind.setText(" ".join(parts))
        likeliest = "   ".join(f"{visible(piece)}\u00a0{share:.1%}" for piece, share in seen.likeliest)
        self.following.setText(tr("After all of it, it would go on with: {0}").format(likeliest))


class TextStage(Stage):
    """What it wrote at every evaluation: from noise to words."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(6, tr("Text"), tr(_TEXT), parent)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(design.SPACE_16)
        self._grid.setColumnStretch(1, 1)
        self.column.addLayout(self._grid)
        self.lines: list[QLabel] = []
        self._shown: list[Sample] = []

    def show_samples(self, samples: list[Sample]) -> None:
        if samples == self._shown:
            return
        self._shown = list(samples)
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.lines = []
        for row, sample in enumerate(samples):
            when = tr("after {0} steps").format(f"{sample.step:,}")
            self._grid.addWidget(text_label(when, self, role="small"), row, 0, _TOP)
            line = wrapped(f"{sample.prompt}▸{sample.answer}", self)
            line.setAlignment(_TOP | Qt.AlignmentFlag.AlignLeading)
            self._grid.addWidget(line, row, 1)
            self.lines.append(line)


def wrapped(text: str, parent: QWidget, role: str = "") -> QLabel:
    """Make a label that takes the width it is given."""
    label = text_label(text, parent, role=role, wrap=True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return label


_TOP = Qt.AlignmentFlag.AlignTop
_DATA = mark(
    "This is the world to it: the text below, and nothing else. It is never told what a word or a "
    "sentence is. All it will do is guess, at every place, what comes next."
)
_TOKENIZER = mark(
    "A model reads numbers. At first every byte is a token; then the two neighbours that stand together "
    "most often become one new token, again and again, until the vocabulary is full. So common words "
    "become one token, and rare ones stay in pieces."
)
_EMBEDDING = mark(
    "Each token gets a row of numbers, drawn by chance. Training moves them: tokens that stand in the "
    "same places in the text come to point the same way. Below are the commonest ones with letters (a dot "
    "is a space), laid flat so that as much of their distances as possible is kept."
)
_ATTENTION = mark(
    "To guess what follows, each token may look at those before it and take something from each. How "
    "much, every head decides in its own way. Each row shows one token of a sentence of yours; the darker "
    "a cell, the more it takes from there."
)
_LOSS = mark(
    "The model gives every token of its vocabulary a probability. Its loss at a place is −ln of what it "
    "gave to the token that really came: 0 if it was sure and right. Training turns every weight a little "
    "so that the mean gets smaller."
)
_TEXT = mark(
    "To write, it guesses a token, puts it behind the text, and guesses again. At first that is noise; "
    "then come letters in the right proportion, then words, then pieces of sentences."
)


def _merge(pair: tuple[str, str]) -> str:
    left, right = pair
    return f"{visible(left)}+{visible(right)}"
