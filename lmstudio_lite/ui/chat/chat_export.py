"""Conversations and messages saved as files or copied as a picture, in the background, with a way to stop."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from lmstudio_lite.app.chat_files import ChatForm, Wanted, blocks_to_print, export_chats
from lmstudio_lite.app.export_steps import ExportSteps
from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.chat_files import ExportProgress
from lmstudio_lite.paths import replace_file
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.formula_exports import with_pictures
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.picturing import NUM_MAX, Look, TooManyPicturesError, to_picture, to_png_files
from lmstudio_lite.ui.printing import to_pdf
from lmstudio_lite.ui.saving import ask_where, file_name_for, tell_failed
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr, trn

PDF, PNG = ".pdf", ".png"


class ChatExport(QObject):
    """GUI thread. What is wanted is asked for in the job, so it may take the database to know."""

    def __init__(
        self, services: Services, bridge: Bridge, theme: Theme, notice: Notice, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._services, self._bridge, self._notice, self._widget = services, bridge, notice, parent
        self._theme = theme
        self._job: Job | None = None

    def ask(self, words: str, title: str, wanted: Callable[[], Wanted]) -> None:
        """Ask where to save, and save there in the form that the file's ending says."""
        filters = [
            tr("Markdown (*.md)"),
            tr("Word (*.docx)"),
            tr("PDF (*.pdf)"),
            tr("Web page (*.html)"),
            tr("Plain text (*.txt)"),
            tr("Picture (*.png)"),
            tr("Everything, to be brought in again (*.json)"),
            tr("Everything, to be opened with this program (*.lmschat)"),
        ]
        name = file_name_for(title, ChatForm.MARKDOWN)
        ask_where(self._widget, words, name, filters, lambda chosen: self._save(Path(chosen), title, wanted))

    def ask_picture(self, title: str, wanted: Callable[[], Wanted]) -> None:
        """Ask where to save pictures."""
        ask_where(
            self._widget,
            tr("Save as pictures"),
            file_name_for(title, PNG),
            [tr("Picture (*.png)")],
            lambda chosen: self._save(Path(chosen), title, wanted),
        )

    def copy_picture(self, title: str, wanted: Callable[[], Wanted]) -> None:
        """Put a picture on the clipboard; one that would be too long is not made, and that is said."""
        services, look = self._services, look_of(self._theme)

        def work(context: JobContext) -> QImage | TooManyPicturesError:
            steps = ExportSteps(context, num_stages=2)
            blocks = blocks_to_print(services, wanted(), steps)
            blocks = with_pictures(blocks, services.formulas.draw, colour=look.text, go_on=steps.go_on)
            steps.next_stage()
            try:
                return to_picture(blocks, look, steps)
            except TooManyPicturesError as error:
                return error

        def show(made: QImage | TooManyPicturesError) -> None:
            if isinstance(made, QImage):
                QGuiApplication.clipboard().setImage(made)
                self._notice.show_message(tr("Copied as a picture."))
                return
            self._notice.show_message(
                tr("This is too long for one picture."),
                tr("It can be saved as several, or as a PDF."),
                tr("Save as pictures…"),
                lambda: self.ask_picture(title, wanted),
                kind="warning",
            )

        self._run(work, show, self._notice.show_error)

    def _save(self, path: Path, title: str, wanted: Callable[[], Wanted]) -> None:
        services, look, suffix = self._services, look_of(self._theme), path.suffix.lower()

        def work(context: JobContext) -> list[Path] | TooManyPicturesError:
            steps = ExportSteps(context, num_stages=2 if suffix in (PDF, PNG) else 1)
            try:
                files = _files_of(services, wanted(), path, title, look, steps)
            except TooManyPicturesError as error:
                return error
            context.cancellation.raise_if_cancelled()
            for each, content in files.items():
                replace_file(each, content, is_private=False)
            return list(files)

        self._run(work, self._on_saved, lambda error: tell_failed(self._notice, path, error))

    def _run(
        self,
        work: Callable[[JobContext], object],
        on_done: Callable[..., None],
        on_failed: Callable[[Exception], None],
    ) -> None:
        def end() -> None:
            self._job = None

        def done(result: object) -> None:
            end()
            on_done(result)

        def failed(error: Exception) -> None:
            end()
            on_failed(error)

        self._job = self._bridge.run(
            work,
            on_done=done,
            on_failed=failed,
            on_progress=self._on_progress,
            on_cancelled=end,
            lane="export",
        )

    def _on_progress(self, progress: ExportProgress) -> None:
        if self._job is not None:
            share = 100 * progress.num_done // progress.num_total
            self._notice.show_message(tr("Exporting: {0} %").format(share), "", tr("Stop"), self._stop)

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._notice.show_message(tr("Stopped: nothing was written."))

    def _on_saved(self, files: list[Path] | TooManyPicturesError) -> None:
        if isinstance(files, TooManyPicturesError):
            self._notice.show_message(
                tr("This would be more than {0} pictures.").format(NUM_MAX),
                tr("Export it as a PDF or a web page."),
                kind="warning",
            )
            return
        if len(files) == 1:
            words = tr("Saved as “{0}”.").format(files[0].name)
        else:
            words = trn("Saved as {n} picture.", "Saved as {n} pictures.", len(files))
        self._notice.show_message(words, str(files[0].parent))


def look_of(theme: Theme) -> Look:
    """Return the window's colours and font."""
    tokens = theme.tokens
    return Look(
        *(tokens.page, tokens.text, tokens.muted, tokens.line, tokens.code_ground, tokens.accent),
        theme.ui_font(),
    )


def _files_of(
    services: Services, wanted: Wanted, path: Path, title: str, look: Look, steps: ExportSteps
) -> dict[Path, bytes]:
    """Return the contents of the file at ``path``, and of those beside it where there are several."""
    suffix = path.suffix.lower()
    if suffix not in (PDF, PNG):
        form = ChatForm(suffix) if suffix in set(ChatForm) else ChatForm.TEXT
        drawn = partial(with_pictures, draw=services.formulas.draw, go_on=steps.go_on)
        return {path: export_chats(services, wanted, form, steps, drawn)}
    blocks = blocks_to_print(services, wanted, steps)
    colour = look.text if suffix == PNG else "#000000"
    blocks = with_pictures(blocks, services.formulas.draw, colour=colour, go_on=steps.go_on)
    steps.next_stage()
    if suffix == PDF:
        return {path: to_pdf(blocks, title=title, on_step=steps)}
    pictures = to_png_files(blocks, look, steps)
    if len(pictures) == 1:
        return {path: pictures[0]}
    digits = len(str(len(pictures)))
    return {
        path.with_stem(f"{path.stem}-{number:0{digits}}"): content
        for number, content in enumerate(pictures, 1)
    }
