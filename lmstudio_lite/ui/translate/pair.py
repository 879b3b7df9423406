"""The two languages of a translation: chosen, detected, remembered, turned round, never both the same."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.remembering import remember
from lmstudio_lite.ui.translate.detector import LanguageDetector
from lmstudio_lite.ui.translate.view import TranslateView

_NUM_RECENT = 5


class LanguagePair(QObject):
    """Works the two boxes of ``view`` and lets both texts run the way their languages do."""

    changed = Signal()  # what a translation would be from or into is not what it was

    def __init__(self, view: TranslateView, settings: SettingsStore, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._view = view
        self._settings = settings
        self._detector = LanguageDetector(bridge, self)
        self._show_at_top()
        view.source_box.set_code(settings.value.translate.source)
        view.target_box.set_code(settings.value.translate.target)
        view.show_directions()
        view.source_box.code_chosen.connect(self._on_source_chosen)
        view.target_box.code_chosen.connect(self._on_target_chosen)
        view.source_box.pin_toggled.connect(self._on_pin_toggled)
        view.target_box.pin_toggled.connect(self._on_pin_toggled)
        self._detector.detected.connect(self._on_language_detected)

    @property
    def source(self) -> str:
        """Return the chosen language, "" while it is detected."""
        return self._view.source_box.code

    @property
    def target(self) -> str:
        return self._view.target_box.code

    @property
    def is_pointless(self) -> bool:
        """True where the text is detected to be in the target language already."""
        return not self.source and self._view.source_box.detected == self.target

    def follow(self, text: str) -> None:
        """Detect the language of what is typed."""
        self._detector.follow(text)

    def forget(self) -> None:
        """Know nothing of a text that is gone."""
        self._detector.forget()
        self.show_detected("")

    def show_detected(self, code: str) -> None:
        """Show what a reader or the task found out."""
        self._view.source_box.set_detected(code)
        self._view.show_directions()

    def show(self, source: str, target: str, detected: str) -> None:
        """Show the languages of a stored translation without remembering them."""
        self._view.source_box.set_code(source)
        self._view.target_box.set_code(target)
        self.show_detected("" if source else detected)

    def swap(self) -> bool:
        """Turn the languages round; False while the source's is not known."""
        source, target = self._view.source_box.effective_code, self.target
        if not source:
            return False
        self._view.source_box.set_code(target)
        self._view.target_box.set_code(source)
        remember(self._settings, "translate", source=target, target=source)
        self._view.show_directions()
        return True

    @Slot(str)
    def _on_source_chosen(self, code: str) -> None:
        if code and code == self.target:
            other = self._view.source_box.detected
            if not other or other == code:
                other = "en" if code != "en" else "de"
            self._view.target_box.set_code(other)
        self._keep()

    @Slot(str)
    def _on_target_chosen(self, code: str) -> None:
        if code == self.source:
            self._view.source_box.set_code("")
        self._keep()

    @Slot(str, bool)
    def _on_pin_toggled(self, code: str, is_pinned: bool) -> None:
        others = tuple(each for each in self._settings.value.translate.pinned if each != code)
        remember(self._settings, "translate", pinned=(*others, code) if is_pinned else others)
        self._show_at_top()

    def _show_at_top(self) -> None:
        chosen = self._settings.value.translate
        for box in (self._view.source_box, self._view.target_box):
            box.set_at_top(chosen.pinned, chosen.recent)

    def _keep(self) -> None:
        chosen = [code for code in (self.target, self.source) if code]
        recent = tuple(dict.fromkeys((*chosen, *self._settings.value.translate.recent)))[:_NUM_RECENT]
        remember(self._settings, "translate", source=self.source, target=self.target, recent=recent)
        self._show_at_top()
        self._view.show_directions()
        self.changed.emit()

    @Slot(str)
    def _on_language_detected(self, code: str) -> None:
        before = self._view.source_box.detected
        self.show_detected(code)
        if not self.source and code != before and self.target in (code, before):
            self.changed.emit()
