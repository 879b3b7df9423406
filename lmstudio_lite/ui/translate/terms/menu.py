"""The “Terms” menu of the tab, and the windows that it opens: one of each, made when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.domain.glossary import KeptTerm, Term, TermProposal
from lmstudio_lite.domain.units import ReadUnitsOptions
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.translate.terms.glossary_window import GlossaryWindow
from lmstudio_lite.ui.translate.terms.memory_window import MemoryWindow
from lmstudio_lite.ui.translate.terms.proposals import ProposalsDialog
from lmstudio_lite.words.translate import tr

GLOSSARIES_KEYS = QKeySequence("Ctrl+G")
MEMORY_KEYS = QKeySequence("Ctrl+Shift+G")
_SAMPLE_LENGTH = 6000


class TermsMenu(QObject):
    """Lives on the GUI thread. ``pair`` tells the languages that are chosen now."""

    model_wanted = Signal()
    terms_added = Signal(int)  # how many
    glossaries_changed = Signal()

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        theme: Theme,
        pair: Callable[[], tuple[str, str]],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._theme = theme
        self._pair = pair
        self._widget = parent
        self._glossaries: GlossaryWindow | None = None
        self._memory: MemoryWindow | None = None
        self.menu = QMenu(parent)
        glossaries = self.menu.addAction(tr("Glossaries…"))
        glossaries.setShortcut(GLOSSARIES_KEYS)
        glossaries.triggered.connect(self._on_glossaries)
        memory = self.menu.addAction(tr("Translation memory…"))
        memory.setShortcut(MEMORY_KEYS)
        memory.triggered.connect(self._on_memory)
        for action in (glossaries, memory):
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            parent.addAction(action)

    @property
    def glossaries(self) -> GlossaryWindow:
        """Return the window of glossaries."""
        if self._glossaries is None:
            self._glossaries = GlossaryWindow(
                self._services.glossaries, self._bridge, self._theme, self._widget
            )
            self._glossaries.changed.connect(self.glossaries_changed)
        return self._glossaries

    @property
    def memory(self) -> MemoryWindow:
        """Return the window of the translation memory."""
        if self._memory is None:
            self._memory = MemoryWindow(self._services.memories, self._bridge, self._theme, self._widget)
        return self._memory

    def button(self, parent: QWidget) -> QToolButton:
        """Make a button that opens the menu."""
        button = QToolButton(parent)
        button.setText(tr("Terms"))
        button.setAccessibleName(tr("Terms: glossaries and memory"))
        button.setMenu(self.menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return button

    def propose(self, path: Path, source: str, target: str) -> ProposalsDialog:
        """Look for terms that the document at ``path`` repeats; what is wanted goes into a glossary."""
        services = self._services
        language = source

        def find(context: JobContext) -> Sequence[TermProposal]:
            nonlocal language
            units = services.rewriter.read_units(path, ReadUnitsOptions(), context.cancellation)
            texts = [unit.text for unit in units.units]
            language = source or units.language or detect_language("\n".join(texts)[:_SAMPLE_LENGTH])
            return services.glossaries.propose(
                texts,
                language,
                target,
                engine=services.engine,
                cancellation=context.cancellation,
                report=lambda num_done, num_total: context.report((num_done, num_total)),
            )

        def keep(terms: Sequence[Term]) -> Sequence[KeptTerm]:
            known = services.glossaries.list(language, target)
            same = next((each for each in known if each.name == path.stem), None)
            glossary = same or services.glossaries.create(path.stem, language, target)
            return services.glossaries.add_terms(glossary.id, terms)

        dialog = ProposalsDialog(path.name, find, keep, self._bridge, self._theme, self._widget)
        dialog.model_wanted.connect(self.model_wanted)
        dialog.kept.connect(self.terms_added)
        dialog.show()
        return dialog

    @Slot()
    def _on_glossaries(self) -> None:
        self.glossaries.show_for(*self._pair())

    @Slot()
    def _on_memory(self) -> None:
        self.memory.show_for(*self._pair())
