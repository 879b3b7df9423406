"""Brings what controls the replies into the Chat tab: the row below the text, its dialogs, and starters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from lmstudio_lite.app.personas import SUFFIX, adapter_in_use
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.personas import KeptPersona
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.composer import Composer
from lmstudio_lite.ui.chat.control.answers_dialog import AnswersDialog
from lmstudio_lite.ui.chat.control.chosen import ChosenControl
from lmstudio_lite.ui.chat.control.context_popup import ContextPopup
from lmstudio_lite.ui.chat.control.control_row import ControlRow
from lmstudio_lite.ui.chat.control.personas_window import PersonasWindow
from lmstudio_lite.ui.chat.empty_state import EmptyState
from lmstudio_lite.ui.chat.work import ChatWork
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.palette.commands import Command
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.personas import say_missing_model
from lmstudio_lite.words.translate import tr


class ChatControl(QObject):
    """Owns the parts and connects them. GUI thread."""

    model_wanted = Signal(object)  # Path

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        theme: Theme,
        work: ChatWork,
        composer: Composer,
        empty_state: EmptyState,
        notice: Notice,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._parts = (services, bridge, theme)
        self._services = services
        self._work = work
        self._widget = parent
        self._empty_state = empty_state
        self._notice = notice
        self.chosen = ChosenControl(services, bridge, work, self)
        self.row = ControlRow(self.chosen, composer)
        composer.add_below(self.row)
        self.answers_dialog: AnswersDialog | None = None
        self._personas: PersonasWindow | None = None
        self._context: ContextPopup | None = None
        self.row.personas_requested.connect(self.show_personas)
        self.row.answers_requested.connect(self.show_answers)
        self.chosen.changed.connect(self._on_changed)
        self.chosen.model_found.connect(self._on_model_found)
        self.chosen.failed.connect(notice.show_error)

    @property
    def personas(self) -> PersonasWindow:
        """Return the window of personas, made when it is first asked for."""
        if self._personas is None:
            services = self._services
            self._personas = PersonasWindow(
                *self._parts, lambda: adapter_in_use(services.settings, services.engine), self._widget
            )
            self._personas.changed.connect(self.chosen.list_personas)
            self._personas.chosen.connect(self._on_persona_chosen)
        return self._personas

    @Slot()
    def show_personas(self) -> None:
        """Open the window of personas at the one of this conversation."""
        persona = self.chosen.persona
        self.personas.show_at(persona.id if persona is not None else "")

    @Slot()
    def show_answers(self) -> None:
        """Open what decides how replies are made here."""
        dialog = AnswersDialog(*self._parts, self.chosen.control, self._work.conversation_id, self._widget)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self.chosen.choose)
        dialog.finished.connect(self._on_answers_closed)
        self.answers_dialog = dialog
        dialog.open()

    def show_context(self, widget: QWidget) -> None:
        """Show above ``widget`` what of the conversation is in the context."""
        if self._context is None:
            self._context = ContextPopup(*self._parts, self._widget)
            self._context.changed.connect(self._work.refresh)
        self._context.show_above(widget, self._work.conversation_id)

    @property
    def context(self) -> ContextPopup | None:
        """What is in the context, where that was asked for."""
        return self._context

    def offer(self, add: Callable[[Sequence[Command]], None]) -> None:
        """Offer in the palette what can be done here, and each persona by its name."""
        add(
            [
                Command(tr("Personas…"), "", self.show_personas),
                Command(tr("How it answers here…"), "", self.show_answers),
            ]
        )
        kind = tr("Answer as")
        add(
            [
                Command(safe_line(each.persona.name), kind, partial(self.chosen.choose_persona, each))
                for each in self.chosen.personas
            ]
        )

    def take_personas(self, paths: Sequence[Path]) -> list[Path]:
        """Add the personas among ``paths``, by their suffix, and return the other files."""
        personas = [path for path in paths if path.name.lower().endswith(SUFFIX)]
        if personas:
            self.personas.show_at()
            self.personas.import_files(personas)
        return [path for path in paths if path not in personas]

    def flush(self) -> None:
        """Keep what is being typed at once: the program ends."""
        if self._personas is not None:
            self._personas.save_now()

    @Slot()
    def _on_answers_closed(self) -> None:
        self.answers_dialog = None

    @Slot()
    def _on_changed(self) -> None:
        persona = self.chosen.persona
        self._empty_state.show_starters(
            safe_line(persona.persona.name) if persona is not None else "",
            persona.persona.starters if persona is not None else (),
        )

    @Slot(object)
    def _on_persona_chosen(self, kept: KeptPersona) -> None:
        self.chosen.choose_persona(kept)
        self._widget.window().raise_()
        self._widget.window().activateWindow()

    @Slot(object, object)
    def _on_model_found(self, kept: KeptPersona, path: Path | None) -> None:
        """Offer the persona's model, or say that it is not here."""
        wanted = kept.persona.model
        if wanted is None or path == self._services.engine.state.path:
            return
        if path is None:
            self._notice.show_message(say_missing_model(kept.persona.name, wanted.name), kind="warning")
            return

        def use() -> None:
            self._notice.clear()
            self.model_wanted.emit(path)

        words = tr("“{0}” was made for the model {1}.").format(
            safe_line(kept.persona.name), safe_line(wanted.name)
        )
        self._notice.show_message(words, "", tr("Use this model"), use)
