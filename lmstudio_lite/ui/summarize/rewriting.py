"""Which version of a summary is shown or written when its options change or it is asked for again."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import Done
from lmstudio_lite.domain.summaries import SummaryOptions
from lmstudio_lite.ui.summarize.items import Paused, SummaryItem, Waiting
from lmstudio_lite.ui.summarize.queue import SummaryQueue


class SummaryRewriting(QObject):
    """Runs documents of the queue again. Lives on the GUI thread."""

    item_wanted = Signal(object)  # SummaryItem that is to be shown
    run_again = Signal(object)  # SummaryItem that is in the queue again, to be shown
    offered = Signal()  # whether to write it again is the user's decision

    def __init__(self, services: Services, queue: SummaryQueue, parent: QObject) -> None:
        super().__init__(parent)
        self._services, self._queue = services, queue

    def again(self, item: SummaryItem, options: SummaryOptions) -> None:
        """Go on with a document, or write its summary again; with the same ``options`` another variant."""
        if isinstance(item.state, Paused):
            self._queue.resume()
            return
        is_same = replace(item.options, variant=0) == options
        if is_same and isinstance(item.state, Done) and not item.state.facts.is_stopped:
            options = replace(options, variant=item.options.variant + 1)
        self._run(item, options)

    def follow_options(self, item: SummaryItem | None, options: SummaryOptions) -> None:
        """Show the version with these options, or write it at once beside the one on the screen.

        Its parts are read: only the merge is done again. What is being written goes on with these options.
        """
        if item is None or options == replace(item.options, variant=0):
            return
        version = item.version_with(options, self._model_name)
        if version is not None and isinstance(item.state, Done):
            self._queue.show_version(item, item.versions.index(version))
        elif item.is_running or isinstance(item.state, Waiting):
            self.item_wanted.emit(self._queue.change_options(item, options))
        elif isinstance(item.state, Done) and item.state.is_finished and item.document is not None:
            self._run(item, options)
        elif item.can_run_again:
            self.offered.emit()

    @Slot(object, int)
    def write_with(self, item: SummaryItem, words: int) -> None:
        """Write the summary again in about so many words."""
        self._run(item, replace(item.options, words=words))

    @Slot(object, int)
    def show_version(self, item: SummaryItem, place: int) -> None:
        """Show another version that is there."""
        self._queue.show_version(item, place)

    def _run(self, item: SummaryItem, options: SummaryOptions) -> None:
        self.run_again.emit(self._queue.run_again(item, options))

    @property
    def _model_name(self) -> str:
        path = self._services.engine.state.path
        return path.name if path is not None else ""
