"""What can be done with a finished summary: other lengths and wordings, and changes by hand."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu, QWidget

from lmstudio_lite.domain.evidence import Evidence
from lmstudio_lite.words.translate import tr


class RefineMenu(QMenu):
    """Actions only; who shows it connects them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shorter = self.addAction(tr("Shorter"))
        self.longer = self.addAction(tr("More detail"))
        self.reword = self.addAction(tr("Another wording"))
        self.addSeparator()
        self.prune = self.addAction(tr("Remove what the text does not back"))
        self.edit = self.addAction(tr("Edit by hand"))
        self.addSeparator()
        self.ask = self.addAction(tr("Ask about the document…"))
        self.encoding = self.addAction(tr("Encoding of the document…"))

    def fit(self, evidence: Evidence) -> None:
        """Allow what makes sense for a text with ``evidence``."""
        self.prune.setEnabled(0 < evidence.num_supported < len(evidence.sentences))
