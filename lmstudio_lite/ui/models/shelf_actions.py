"""What can be done with the files of the library: bring in, move, delete, link; each can be taken back.

One after the other, in the background; how far it is stands in the strip, what came of it in the notice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.models.keeping import Bringing, FileProgress, Moved, OnProgress, Removed
from lmstudio_lite.app.models.verifying import Verdict, VerifiedFile, verify_file
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.conversion import Conversion, ConversionProgress
from lmstudio_lite.domain.shelf import ModelEntry, Store
from lmstudio_lite.library.catalog import catalog
from lmstudio_lite.library.checkpoint.shards import is_checkpoint
from lmstudio_lite.library.keeping.duplicates import Duplicates, LinkedFile
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.models.work_strip import WorkStrip
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.words import say_size
from lmstudio_lite.words.conversion import say_text_only
from lmstudio_lite.words.model_changes import name_store
from lmstudio_lite.words.shelf import say_verified
from lmstudio_lite.words.translate import tr, trn

_LANE = "shelf"
_VERDICTS = (Verdict.RIGHT, Verdict.UNKNOWN, Verdict.WRONG)

T = TypeVar("T")
Work = Callable[[OnProgress, Cancellation], T]


class ShelfActions(QObject):
    """Lives on the GUI thread."""

    changed = Signal()  # the folders hold something else now

    def __init__(
        self, services: Services, bridge: Bridge, notice: Notice, strip: WorkStrip, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._notice = notice
        self._strip = strip

    def remove(self, entry: ModelEntry) -> None:
        """Move a model into the trash; the notice offers to take it back."""

        def say(removed: Removed) -> None:
            words = tr("{0} is in the trash.").format(entry.name)
            if removed.can_undo:
                self._say(words, lambda: self._undo_remove(removed))
            else:
                self._say(words, remedy=tr("The system's recycle bin can restore it."))

        self._run(lambda on_progress, cancellation: self._services.keeping.remove(entry), say)

    def verify(self, entry: ModelEntry) -> None:
        """Compare a model's files with what the hub or the catalog says of them."""
        fetching = self._services.fetching

        def work(on_progress: OnProgress, cancellation: Cancellation) -> list[VerifiedFile]:
            fetched, listed = fetching.fetched_files(), [model.file for model in catalog()]
            total, before = entry.size_bytes, 0
            found = []
            for path in entry.files or (entry.path,):

                def tell(done: int, _size: int, before: int = before) -> None:
                    on_progress(FileProgress(min(before + done, total), total))

                file = verify_file(path, fetched, listed, on_read=tell, cancellation=cancellation)
                before += file.size_bytes
                found.append(file)
            return found

        def say(found: list[VerifiedFile]) -> None:
            worst = max(found, key=lambda file: _VERDICTS.index(file.verdict))
            kind = "danger" if worst.verdict is Verdict.WRONG else "info"
            words = f"{worst.path.name}: {say_verified(worst.verdict.value, worst.source)}."
            self._notice.show_message(words, kind=kind)

        self._run(work, say, tr("Verifying {0}").format(entry.name))

    def move(self, entry: ModelEntry, folder: Path) -> None:
        """Move a model into a folder, on any drive."""
        keeping = self._services.keeping

        def say(moved: Moved) -> None:
            words = tr("{0} lies in {1} now.").format(entry.name, str(moved.path.parent))
            self._say(words, lambda: self._undo_move(entry, moved))

        self._run(
            lambda on_progress, cancellation: keeping.move(entry, folder, on_progress, cancellation),
            say,
            tr("Moving {0}").format(entry.name),
        )

    def bring_in(self, paths: Sequence[Path], how: Bringing) -> None:
        """Bring models from anywhere into the models folder; folders are looked into from now on."""
        folders = [path for path in paths if path.is_dir()]
        checkpoints = [folder for folder in folders if is_checkpoint(folder)]
        for folder in checkpoints:
            self.make_gguf(folder)
        if len(folders) > len(checkpoints):
            self.add_folders([folder for folder in folders if folder not in checkpoints])
        keeping = self._services.keeping
        doing = {
            Bringing.LINK: tr("Linking {0}"),
            Bringing.COPY: tr("Copying {0}"),
            Bringing.MOVE: tr("Moving {0}"),
        }[how]
        for path in paths:
            if path in folders:
                continue

            def bring(on_progress: OnProgress, cancellation: Cancellation, path: Path = path) -> Moved:
                return keeping.bring_in(path, how, on_progress, cancellation)

            def say(moved: Moved) -> None:
                self._say(tr("{0} is in the library.").format(moved.path.name))

            self._run(bring, say, doing.format(path.name))

    def make_gguf(self, folder: Path) -> None:
        """Write a Hugging Face folder of safetensors as a GGUF file into the models folder."""
        converting = self._services.converting

        def work(on_progress: OnProgress, cancellation: Cancellation) -> Conversion:
            num_bytes = sum(path.stat().st_size for path in folder.glob("*.safetensors"))

            def report(progress: ConversionProgress) -> None:
                on_progress(FileProgress(round(progress.fraction * num_bytes), num_bytes))

            return converting.convert_folder(folder, None, None, cancellation, report)

        def say(made: Conversion) -> None:
            large = tr("{0} is in the library, {1} large.").format(made.path.name, say_size(made.size_bytes))
            self._say(
                f"{large} {say_text_only()}" if made.is_text_only else large,
                remedy=tr("“Convert…” makes it smaller and quicker."),
            )

        self._run(work, say, tr("Reading {0}").format(folder.name))

    def add_folders(self, folders: Sequence[Path]) -> None:
        """Look into these folders too, from now on."""
        settings = self._services.settings

        def work(on_progress: OnProgress, cancellation: Cancellation) -> None:
            known = settings.value.model.folders
            settings.update("model", folders=tuple(dict.fromkeys((*known, *map(str, folders)))))

        names = ", ".join(folder.name or str(folder) for folder in folders)
        self._run(work, lambda _none: self._say(tr("The library looks into {0} too.").format(names)))

    def forget_folder(self, folder: str) -> None:
        """Look into a folder no more; nothing in it is changed."""
        settings = self._services.settings

        def work(on_progress: OnProgress, cancellation: Cancellation) -> None:
            kept = tuple(each for each in settings.value.model.folders if each != folder)
            settings.update("model", folders=kept)

        self._run(
            work,
            lambda _none: self._say(
                tr("The library does not look into {0} any more.").format(folder),
                lambda: self.add_folders([Path(folder)]),
            ),
        )

    def list_store(self, store: Store, *, is_listed: bool) -> None:
        """List another program's models from now on, or no more; nothing in its folders is changed."""
        settings = self._services.settings

        def work(on_progress: OnProgress, cancellation: Cancellation) -> None:
            others = {each for each in settings.value.model.stores_off if each != store.value}
            settings.update(
                "model", stores_off=tuple(sorted(others if is_listed else {*others, store.value}))
            )

        words = tr("Models of {0} are listed.") if is_listed else tr("Models of {0} are not listed any more.")
        self._run(
            work,
            lambda _none: self._say(
                words.format(name_store(store)), lambda: self.list_store(store, is_listed=not is_listed)
            ),
        )

    def find_duplicates(self) -> None:
        """Look for models that are there more than once; the notice offers to link them."""

        def say(found: list[Duplicates]) -> None:
            if not found:
                self._say(tr("Every model is there once."))
                return
            saved = say_size(sum(each.saved_bytes for each in found))
            num_models = sum(len(each.others) for each in found)
            names = ", ".join(each.kept.name for each in found)
            words = trn("{n} file is there again: {0}.", "{n} files are there again: {0}.", num_models)
            self._notice.show_message(
                words.format(names),
                tr("As links to one file they would take {0} less.").format(saved),
                tr("Make links"),
                lambda: self._link(found),
            )

        self._run(
            lambda on_progress, cancellation: self._services.keeping.duplicates(),
            say,
            tr("Looking for models that are there twice"),
        )

    def _link(self, found: Sequence[Duplicates]) -> None:
        keeping = self._services.keeping

        def work(on_progress: OnProgress, cancellation: Cancellation) -> list[LinkedFile]:
            return [linked for each in found for linked in keeping.link(each, on_progress, cancellation)]

        def say(linked: list[LinkedFile]) -> None:
            saved = say_size(sum(each.saved_bytes for each in linked))
            self._say(tr("{0} are free now.").format(saved), lambda: self._undo_link(linked))

        self._run(work, say, tr("Comparing files"))

    def _undo_link(self, linked: Sequence[LinkedFile]) -> None:
        keeping = self._services.keeping
        self._run(
            lambda on_progress, cancellation: keeping.undo_link(linked, on_progress, cancellation),
            lambda _none: self._say(tr("They are files of their own again.")),
            tr("Copying files"),
        )

    def _undo_remove(self, removed: Removed) -> None:
        self._run(
            lambda on_progress, cancellation: self._services.keeping.undo_remove(removed),
            lambda _none: self._say(tr("{0} is back.").format(removed.entry.name)),
        )

    def _undo_move(self, entry: ModelEntry, moved: Moved) -> None:
        keeping = self._services.keeping
        self._run(
            lambda on_progress, cancellation: keeping.undo_move(moved, on_progress, cancellation),
            lambda _none: self._say(tr("{0} is back.").format(entry.name)),
            tr("Moving {0}").format(entry.name),
        )

    def _say(self, words: str, undo: Callable[[], None] | None = None, *, remedy: str = "") -> None:
        self._notice.show_message(words, remedy, tr("Undo") if undo is not None else "", undo)

    def _run(self, work: Work[T], on_done: Callable[[T], None], words: str = "") -> None:
        """Do ``work`` after what was asked for before; ``words`` name it where it may take long."""

        def run(context: JobContext) -> T:
            return work(context.report, context.cancellation)

        def done(result: T) -> None:
            self._strip.hide()
            on_done(result)
            self.changed.emit()

        def fail(error: Exception) -> None:
            self._strip.hide()
            self._notice.show_error(error)
            self.changed.emit()

        def stopped() -> None:
            self._strip.hide()
            self._say(tr("Stopped. Nothing was changed."))
            self.changed.emit()

        self._notice.hide()
        job = self._bridge.run(
            run,
            on_done=done,
            on_failed=fail,
            on_progress=self._strip.show_progress,
            on_cancelled=stopped,
            lane=_LANE,
        )
        if words:
            self._strip.begin(words, job.cancel)
