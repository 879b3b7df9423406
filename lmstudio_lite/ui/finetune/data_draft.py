"""The data that is being put together: sources, what is mended, and what came out of reading them.

Reading is a job; a newer change takes the place of a reading under way. Lives on the GUI thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.own_examples import translation_prompt
from lmstudio_lite.app.session import Services
from lmstudio_lite.finetune.data.parallel import languages_by_name
from lmstudio_lite.finetune.data.problems import FIXABLE, ProblemKind
from lmstudio_lite.finetune.data.sources import FileSource, ParallelSource, ReadOptions, Source
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.file_choice import expand_folders

if TYPE_CHECKING:
    from lmstudio_lite.finetune.data.collecting import Collection, CollectProgress

EXAMPLE_SUFFIXES = ("jsonl", "json", "ndjson", "tmx", "tab")
"""What examples come in, besides documents."""
_LANE = "finetune data"


class DataDraft(QObject):
    """``collection`` is what the newest reading brought, None before the first and without sources."""

    changed = Signal()
    failed = Signal(object)  # Exception

    def __init__(self, services: Services, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._folder = services.paths.cache / "finetune"
        self._job: Job | None = None
        self._base: Path | None = None
        self.sources: list[Source] = []
        self.fixes: frozenset[ProblemKind] = FIXABLE
        self.collection: Collection | None = None
        self.progress: CollectProgress | None = None

    @property
    def is_working(self) -> bool:
        return self._job is not None

    def set_base(self, path: Path | None) -> None:
        """Count tokens with this model's tokenizer, where it is the one in use."""
        before, self._base = self._base, path
        if before != path and self.sources:
            self._read()

    def add_paths(self, paths: Sequence[Path]) -> None:
        """Find out what files are and add them; two aligned texts become one source."""
        known = {source.path for source in self.sources if isinstance(source, FileSource)}
        reader = self._services.reader

        def detect(context: JobContext) -> tuple[list[Source], list[Exception]]:
            from lmstudio_lite.finetune.data.detection import detect_source, find_pairs

            files = [path for path in expand_folders(paths, EXAMPLE_SUFFIXES) if path not in known]
            found: list[Source] = []
            errors: list[Exception] = []
            for first, second in find_pairs(files, reader):
                languages = languages_by_name(first, second)
                if languages is not None:
                    found.append(ParallelSource(first, second, languages))
                    files = [path for path in files if path not in (first, second)]
            for path in files:
                context.cancellation.raise_if_cancelled()
                try:
                    found.append(detect_source(path, reader))
                except Exception as error:
                    errors.append(error)
            return found, errors

        self._begin(detect, self._on_detected)

    def add_stored(self, source: Source) -> None:
        """Add examples from the program's own data."""
        self.sources = [known for known in self.sources if known.name != source.name] + [source]
        self._read()

    def replace(self, number: int, source: Source) -> None:
        """Read a source another way."""
        self.sources[number] = source
        self._read()

    def restore(self, sources: Sequence[Source], fixes: frozenset[ProblemKind]) -> None:
        """Take up what an earlier window had put together, and read it."""
        self.sources, self.fixes = list(sources), fixes
        if sources:
            self._read()

    def remove(self, number: int) -> None:
        """Leave a source out."""
        del self.sources[number]
        self._read()

    def set_fixed(self, kind: ProblemKind, is_fixed: bool) -> None:
        """Mend problems of a kind, or leave their places out."""
        self.fixes = self.fixes | {kind} if is_fixed else self.fixes - {kind}
        if kind is ProblemKind.DUPLICATE:
            self.changed.emit()
        else:
            self._read()

    def stop(self) -> None:
        """Stop reading; what was there before stays."""
        if self._job is not None:
            self._job.cancel()

    def _read(self) -> None:
        if not self.sources:
            self.stop()
            self._job, self.collection, self.progress = None, None, None
            self.changed.emit()
            return
        services, sources, fixes, folder = self._services, list(self.sources), self.fixes, self._folder
        count_tokens = None
        state = services.engine.state
        if self._base is not None and state.path == self._base and state.model is not None:
            count_tokens = services.engine.count_tokens

        def work(context: JobContext) -> Collection:
            from lmstudio_lite.finetune.data.collecting import collect

            options = ReadOptions(
                fixes=fixes, pair_prompt=translation_prompt, cancellation=context.cancellation
            )
            return collect(
                sources,
                folder,
                options=options,
                reader=services.reader,
                count_tokens=count_tokens,
                report=context.report,
            )

        self._begin(work, self._on_collected, self._on_progress)

    def _begin(
        self,
        work: Callable[[JobContext], object],
        on_done: Callable[..., None],
        on_progress: Callable[[CollectProgress], None] | None = None,
    ) -> None:
        if self._job is not None:
            self._job.cancel()
        self.progress = None
        job: Job | None = None

        def if_newest(then: Callable[..., None]) -> Callable[..., None]:
            return lambda *values: then(*values) if job is self._job else None

        job = self._job = self._bridge.run(
            work,
            on_done=if_newest(on_done),
            on_failed=if_newest(self._on_failed),
            on_progress=if_newest(on_progress) if on_progress else None,
            on_cancelled=if_newest(self._on_cancelled),
            lane=_LANE,
        )
        self.changed.emit()

    def _on_detected(self, outcome: tuple[list[Source], list[Exception]]) -> None:
        found, errors = outcome
        self._job = None
        self.sources += found
        if found:
            self._read()
        else:
            self.changed.emit()
        for error in errors[:1]:
            self.failed.emit(error)

    def _on_progress(self, progress: CollectProgress) -> None:
        self.progress = progress
        self.changed.emit()

    def _on_collected(self, collection: Collection) -> None:
        self._job, self.progress, self.collection = None, None, collection
        self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self._job = None
        self.changed.emit()
        self.failed.emit(error)

    def _on_cancelled(self) -> None:
        self._job = None
        self.changed.emit()
