"""A quiz, asked one question at a time: the answer is graded with its reason, a score comes at the end.

What was answered stands below, and on the disk: a quiz that is left, or killed, goes on where it was.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QProgressBar, QVBoxLayout, QWidget

from lmstudio_lite.app.jobs import Job
from lmstudio_lite.app.quizzes import kept_progress, place_of, progress_text
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.write import grade_answer
from lmstudio_lite.domain.writing import Grade, Graded, QuizAnswer, QuizProgress, QuizQuestion
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.drafts import DraftKeeper
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.unsaved import Place
from lmstudio_lite.words.translate import tr
from lmstudio_lite.words.writing import say_answer, say_grade, say_score

_WIDTH, _HEIGHT = 560, 440


class QuizWindow(QWidget):
    """Goes on with the questions that it is given where they were left. GUI thread."""

    def __init__(self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        set_role(self, "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("Quiz"))
        self.resize(theme.scaled(_WIDTH), theme.scaled(_HEIGHT))
        self._services, self._bridge = services, bridge
        self._questions: list[QuizQuestion] = []
        self._answers: list[QuizAnswer] = []
        self._number = 0
        self._is_filling = False
        self._keeper = DraftKeeper(services, bridge, Place.CHAT, self)
        self._job: Job | None = None
        self.place = text_label("", self, role="muted")
        self.question = text_label("", self, role="heading", wrap=True)
        self.answer_field = QLineEdit(self)
        self.answer_field.setAccessibleName(tr("Your answer"))
        self.answer_field.setPlaceholderText(tr("Your answer"))
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Grading"))
        self.verdict = text_label("", self, wrap=True)
        self.given = QPlainTextEdit(self)
        self.given.setReadOnly(True)
        self.given.setTabChangesFocus(True)
        self.given.setAccessibleName(tr("What was answered"))
        self.notice = Notice(theme, self)
        self.anew_button = text_button(tr("Begin anew"), self)
        self.next_button = text_button(tr("Answer"), self, role="primary")
        self.skip_button = text_button(tr("Skip"), self)
        self.close_button = text_button(tr("Close"), self)
        row = QHBoxLayout()
        row.setSpacing(design.SPACE_8)
        row.addWidget(self.close_button)
        row.addWidget(self.anew_button)
        row.addStretch(1)
        row.addWidget(self.skip_button)
        row.addWidget(self.next_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_24, design.SPACE_16, design.SPACE_24, design.SPACE_16)
        column.setSpacing(design.SPACE_12)
        for widget in (self.place, self.question, self.answer_field, self.bar, self.verdict, self.notice):
            column.addWidget(widget)
        column.addWidget(self.given, 1)
        column.addStretch(0)
        column.addLayout(row)
        self.answer_field.returnPressed.connect(self.go_on)
        self.answer_field.textChanged.connect(self._on_typed)
        self.anew_button.clicked.connect(self._on_anew_clicked)
        self.next_button.clicked.connect(self.go_on)
        self.skip_button.clicked.connect(self._on_skip_clicked)
        self.close_button.clicked.connect(self.close)

    def begin(self, questions: Sequence[QuizQuestion]) -> None:
        """Ask ``questions``, of which there is at least one, from the first that has no answer yet."""
        self._stop()
        self._keeper.hurry()
        self._questions, self._answers, self._number = list(questions), [], 0
        self.show()
        self.raise_()
        self.activateWindow()
        self._ask()
        drafts, asked = self._services.drafts, self._questions
        self._bridge.run(
            lambda context: kept_progress(drafts, asked),
            on_done=lambda kept: self._on_read(asked, kept),
            on_failed=self.notice.show_error,
            lane=STORAGE_LANE,
        )

    def flush(self) -> None:
        """Write at once what is not on the disk yet: the program ends."""
        self._keeper.flush()

    @property
    def is_grading(self) -> bool:
        return self._job is not None

    @property
    def is_answered(self) -> bool:
        """Whether the question on the screen has its grade."""
        return len(self._answers) > self._number

    @Slot()
    def go_on(self) -> None:
        """Have the answer graded, or go to the next question."""
        if self.is_grading:
            return
        if self.is_answered:
            self._number += 1
            self._ask()
        elif self.answer_field.text().strip():
            self._grade(self.answer_field.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on, Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.go_on()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._stop()
        self.flush()
        super().closeEvent(event)

    def _on_read(self, asked: list[QuizQuestion], kept: QuizProgress) -> None:
        """Go on where these questions were left, unless an answer was given in the meantime."""
        if asked is not self._questions or self._answers or self.is_grading:
            return
        typed = self.answer_field.text() or kept.typed
        if kept.answers:
            self._answers, self._number = list(kept.answers), len(kept.answers)
            self._ask()
        if self._number < len(self._questions):
            self._fill(typed)
            if typed != kept.typed:  # it was noted without the answers, which had not come back yet
                self._keep()

    def _fill(self, typed: str) -> None:
        self._is_filling = True
        self.answer_field.setText(typed)
        self._is_filling = False

    def _keep(self) -> None:
        """Have what was answered and typed written down."""
        typed = "" if self.is_answered else self.answer_field.text()
        progress = QuizProgress(tuple(self._answers), typed)
        self._keeper.note(place_of(self._questions), progress_text(progress))

    @Slot()
    def _on_typed(self) -> None:
        if not self._is_filling:
            self._keep()
        self._show_controls()

    @Slot()
    def _on_anew_clicked(self) -> None:
        """Forget the answers and ask from the first question on."""
        self._stop()
        self._answers, self._number = [], 0
        self._keeper.forget(place_of(self._questions))
        self._ask()

    def _take(self, answer: QuizAnswer) -> None:
        """Put an answer to the others, and show how it stands."""
        self._answers.append(answer)
        self._keep()
        self._keeper.hurry()
        said = [] if not answer.text else [" ".join(filter(None, (say_grade(answer.grade), answer.reason)))]
        if answer.grade is not Grade.RIGHT:
            said.append(tr("The quiz has: {0}").format(safe_line(self._questions[self._number].answer)))
        self.verdict.setText("\n".join(said))
        self._show_controls()
        self.next_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask(self) -> None:
        self.notice.clear()
        self._fill("")
        self.verdict.clear()
        if self._number >= len(self._questions):
            self._show_score()
            return
        self.place.setText(tr("Question {0} of {1}").format(self._number + 1, len(self._questions)))
        self.question.setText(self._questions[self._number].question)
        self._show_controls()
        self.answer_field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_score(self) -> None:
        self.place.clear()
        self.question.setText(say_score([each.grade for each in self._answers], len(self._questions)))
        self.verdict.setText(tr("Questions, answers and grades are the model's: check what matters to you."))
        self._show_controls()
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _grade(self, answer: str) -> None:
        services, question = self._services, self._questions[self._number]
        job = self._bridge.run(
            lambda context: grade_answer(services, question, answer, context.cancellation),
            on_done=lambda graded: self._on_graded(job, answer, graded),
            on_failed=lambda error: self._on_failed(job, error),
        )
        self._job = job
        self._show_controls()

    def _on_graded(self, job: Job, answer: str, graded: Graded) -> None:
        if job is self._job:
            self._job = None
            self._take(QuizAnswer(answer.strip(), graded.grade, safe_line(graded.reason)))

    def _on_failed(self, job: Job, error: Exception) -> None:
        if job is self._job:
            self._job = None
            self.notice.show_error(error)
            self._show_controls()

    @Slot()
    def _on_skip_clicked(self) -> None:
        """Leave a question: it counts as wrong, and its answer is shown."""
        self._take(QuizAnswer("", Grade.WRONG))

    def _stop(self) -> None:
        if self._job is not None:
            job, self._job = self._job, None
            job.cancel()

    @Slot()
    def _show_controls(self) -> None:
        is_over = self._number >= len(self._questions)
        is_last = self._number + 1 >= len(self._questions)
        self.answer_field.setVisible(not is_over)
        self.answer_field.setReadOnly(self.is_answered or self.is_grading)
        self.bar.setVisible(self.is_grading)
        self.skip_button.setVisible(not is_over and not self.is_answered)
        self.skip_button.setEnabled(not self.is_grading)
        self.next_button.setVisible(not is_over)
        has_answer = bool(self.answer_field.text().strip())
        self.next_button.setEnabled(not self.is_grading and (self.is_answered or has_answer))
        words = tr("Answer") if not self.is_answered else tr("Score") if is_last else tr("Next")
        self.next_button.setText(words)
        self.anew_button.setVisible(bool(self._answers))
        self.anew_button.setEnabled(not self.is_grading)
        self._show_given()

    def _show_given(self) -> None:
        """List the answers before the question on the screen, or all of them below the score."""
        before = self._answers[: self._number]
        said = "\n\n".join(
            say_answer(number, question, answer)
            for number, (question, answer) in enumerate(zip(self._questions, before, strict=False), 1)
        )
        self.given.setVisible(bool(said))
        if said != self.given.toPlainText():
            self.given.setPlainText(said)
