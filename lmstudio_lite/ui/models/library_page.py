"""The models on this computer: cards at the left, what is known of the chosen one at the right."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.models.keeping import Bringing
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.profiles import ModelProfile
from lmstudio_lite.domain.shelf import (
    FOREIGN_STORES,
    WHOLE_KINDS,
    ModelEntry,
    ShelfChange,
)
from lmstudio_lite.library.shelf.scan import ShelfWatch
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.drops import DropZone
from lmstudio_lite.ui.model_control import ModelControl
from lmstudio_lite.ui.model_switch import SwitchQuestion, choose_model
from lmstudio_lite.ui.models.appraiser import Appraisal, Appraiser
from lmstudio_lite.ui.models.cards_model import CardsModel
from lmstudio_lite.ui.models.cards_view import CardsView
from lmstudio_lite.ui.models.details_pane import DetailsPane
from lmstudio_lite.ui.models.library_head import LibraryHead
from lmstudio_lite.ui.models.note_box import LANE as NOTES_LANE
from lmstudio_lite.ui.models.page import ModelsPage
from lmstudio_lite.ui.models.shelf_actions import ShelfActions
from lmstudio_lite.ui.models.work_strip import WorkStrip
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.model_changes import name_store, say_troubled
from lmstudio_lite.words.translate import tr, trn

_LIST_WIDTH, _PANE_WIDTH, _LIST_WIDTH_MIN = 420, 360, 260


class LibraryPage(ModelsPage):
    """Reads the folders anew whenever it is shown."""

    def __init__(
        self,
        theme: Theme,
        services: Services,
        bridge: Bridge,
        control: ModelControl,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._services = services
        self._bridge = bridge
        self._control = control
        self._wanted: Path | None = None
        self._watch: Job | None = None
        self._shelf: ShelfWatch | None = None
        self._listed: set[Path] = set()
        self.is_complete = False
        self.question: SwitchQuestion | None = None
        self.cards = CardsModel(self)
        self.view = CardsView(theme, self.cards, self)
        self.head = LibraryHead(theme, self)
        self.appraiser = Appraiser(services, bridge, self)
        self.notice = Notice(theme, self)
        self.strip = WorkStrip(self)
        self.files = ShelfActions(services, bridge, self.notice, self.strip, self)
        self.trouble_label = text_label("", self, role="warning", wrap=True)
        self.trouble_label.hide()
        self.details = DetailsPane(theme, services, bridge, control, self)
        self.count_label = text_label("", self, role="small")
        self.empty_label = text_label("", self, role="muted", wrap=True)
        self.empty_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty_label)
        self._lay_out()
        self.head.filter_changed.connect(self.cards.set_filter)
        self.head.sort_changed.connect(self.cards.set_sort)
        self.appraiser.appraised.connect(self._on_appraised)
        self.appraiser.failed.connect(self.notice.show_error)
        self.view.card_chosen.connect(self._on_card_chosen)
        self.view.delete_requested.connect(self._on_delete_pressed)
        self.head.menu.aboutToShow.connect(self._on_menu_about_to_show)
        self.files.changed.connect(self._on_files_changed)
        self.details.favourite_chosen.connect(self._on_favourite_chosen)
        self.details.move_requested.connect(self._on_move_requested)
        self.details.verify_requested.connect(self.files.verify)
        self.details.delete_requested.connect(self.files.remove)
        self.details.note_box.kept.connect(self._on_note_kept)
        self.details.note_box.failed.connect(self.notice.show_error)
        self.details.use_requested.connect(self.use)
        self.details.anyway_requested.connect(self.use_anyway)
        self.details.settings.kept.connect(self._on_profile_kept)
        self.view.use_requested.connect(self.use)
        self.cards.counted.connect(self._on_counted)
        control.changed.connect(self._on_control_changed)
        self._on_control_changed()

    @property
    def is_watching(self) -> bool:
        """Whether changes on the disk are followed."""
        return self._watch is not None

    def begin(self) -> None:
        """List what is there, and follow what changes, until ``end``."""
        if self._watch is not None:
            return
        library = self._services.library

        def watch(context: JobContext) -> None:
            ended = threading.Event()
            forget = context.cancellation.on_cancel(ended.set)
            watch = library.watch(context.report)
            context.report(watch)
            try:
                ended.wait()
            finally:
                forget()
                watch.close()

        self.is_complete = False
        self._listed = set()
        self._watch = self._bridge.run(watch, on_progress=self._on_watched, on_failed=self.notice.show_error)

    def end(self) -> None:
        """Look into the folders no more."""
        if self._watch is not None:
            self._watch.cancel()
        self._watch = self._shelf = None
        self.appraiser.stop()
        self.details.note_box.keep_now()

    def choose(self, path: Path) -> None:
        """Choose a model's card, as soon as it is listed."""
        self.head.show_all()
        self._wanted = None if self.view.choose(path) else path

    @Slot(object)
    def use(self, path: Path) -> None:
        """Load a model and take it from now on, as it stands here; asks first where work is running."""
        card = self.cards.card_at(path)
        if card is not None and card.can_write:
            self._keep_first(path, lambda: self._load(path))

    def _load(self, path: Path) -> None:
        self.question = choose_model(path, self._control, self)

    @Slot(object)
    def use_anyway(self, path: Path) -> None:
        """Load a model that is too large for what is free; what may happen stands beside the button."""
        self._keep_first(path, lambda: self._control.load_anyway(path))

    def _keep_first(self, path: Path, then: Callable[[], None]) -> None:
        """Do ``then`` once what was drafted for the model is kept: it is to run as it is shown."""
        settings = self.details.settings
        if self.details.path == path and settings.has_draft:
            settings.keep(then)
        else:
            then()

    def _lay_out(self) -> None:
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, design.SPACE_8)
        column.setSpacing(design.SPACE_4)
        column.addWidget(self.head)
        column.addWidget(self.notice)
        column.addWidget(self.strip)
        column.addWidget(self.trouble_label)
        column.addWidget(self._stack, 1)
        column.addWidget(self.count_label, 0, Qt.AlignmentFlag.AlignHCenter)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        left.setMinimumWidth(_LIST_WIDTH_MIN)
        splitter = QSplitter(Qt.Orientation.Horizontal, self)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(1)
        splitter.addWidget(left)
        splitter.addWidget(self.details)
        splitter.setSizes([_LIST_WIDTH, _PANE_WIDTH])
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 1)
        outer.addWidget(splitter)

    def drop_zones(self) -> list[DropZone]:
        """Return what may be done with files that are dropped onto the window."""

        def zone(words: str, how: Bringing) -> DropZone:
            return DropZone(words, lambda paths: self.files.bring_in(paths, how))

        return [
            zone(tr("Link into the library"), Bringing.LINK),
            zone(tr("Copy into the library"), Bringing.COPY),
            zone(tr("Move into the library"), Bringing.MOVE),
        ]

    def _on_watched(self, told: ShelfChange | ShelfWatch) -> None:
        if isinstance(told, ShelfWatch):
            self._shelf = told
        else:
            self._on_shelf_changed(told)

    def _on_shelf_changed(self, change: ShelfChange) -> None:
        shown = [entry for entry in change.entries if entry.kind in WHOLE_KINDS]
        gone = {*change.gone, *(entry.path for entry in change.entries if entry.kind not in WHOLE_KINDS)}
        self._listed |= {entry.path for entry in shown}
        if change.is_complete:
            self.trouble_label.setText("\n".join(map(say_troubled, change.troubled)))
            self.trouble_label.setVisible(bool(change.troubled))
        if change.is_complete and not self.is_complete:
            # What an earlier look had found and this one did not is gone.
            self.is_complete = True
            gone |= {card.entry.path for card in self.cards.all_cards} - self._listed
        self.cards.put(shown, gone)
        if self._wanted is not None and self.view.choose(self._wanted):
            self._wanted = None
        self._show_details()
        self._on_counted()
        if self.is_complete:
            if self.view.chosen is None and self.cards.rowCount():
                in_use = self._control.path
                if in_use is None or not self.view.choose(in_use):
                    self.view.setCurrentIndex(self.cards.index(0))
            self.head.offer_stores({card.entry.store for card in self.cards.all_cards})
            cards = [*self.cards.cards, *self.cards.all_cards]
            entries = {card.entry.path: card.entry for card in cards if card.entry.file is not None}
            self.appraiser.appraise(list(entries.values()))

    def _on_appraised(self, found: list[Appraisal]) -> None:
        self.cards.replace_cards(
            [
                replace(card, fit=each.fit, profile=each.profile, note=each.note)
                for each in found
                if (card := self.cards.card_at(each.path)) is not None
            ]
        )
        self._show_details()

    def _show_details(self) -> None:
        path = self.view.chosen
        self.details.show_card(self.cards.card_at(path) if path is not None else None)

    @Slot(object)
    def _on_card_chosen(self, _path: Path) -> None:
        self._show_details()

    @Slot()
    def _on_files_changed(self) -> None:
        if self._shelf is not None:
            self._shelf.refresh()

    @Slot(object)
    def _on_delete_pressed(self, path: Path) -> None:
        card = self.cards.card_at(path)
        if card is not None:
            self.files.remove(card.entry)

    @Slot(object)
    def _on_move_requested(self, entry: ModelEntry) -> None:
        dialog = self._folder_dialog(tr("Move {0} to").format(entry.name))
        dialog.fileSelected.connect(lambda name: self.files.move(entry, Path(name)))
        dialog.open()

    def _folder_dialog(self, words: str) -> QFileDialog:
        dialog = QFileDialog(self, words)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    @Slot()
    def _on_menu_about_to_show(self) -> None:
        self.head.menu.clear()
        add = self.head.menu.addAction(self._theme.icon("plus"), tr("Look into another folder…"))
        add.triggered.connect(self._on_add_folder_chosen)
        for folder in self._services.settings.value.model.folders:
            words = tr("Look no more into {0}").format(folder)
            forget = self.head.menu.addAction(self._theme.icon("close"), words)
            forget.triggered.connect(lambda _checked=False, folder=folder: self.files.forget_folder(folder))
        make = self.head.menu.addAction(
            self._theme.icon("swap"), tr("Make a GGUF file of a folder from Hugging Face…")
        )
        make.triggered.connect(self._on_make_chosen)
        self._add_programs(self.head.menu.addMenu(tr("Models of other programs")))
        self.head.menu.addSeparator()
        twice = self.head.menu.addAction(self._theme.icon("copy"), tr("Find models that are there twice"))
        twice.triggered.connect(self.files.find_duplicates)

    def _add_programs(self, menu: QMenu) -> None:
        """Offer each program's folders to be looked into or not; nothing in them is ever changed."""
        off = self._services.settings.value.model.stores_off
        for store in FOREIGN_STORES:
            action = menu.addAction(name_store(store))
            action.setCheckable(True)
            action.setChecked(store.value not in off)
            action.toggled.connect(lambda is_on, store=store: self.files.list_store(store, is_listed=is_on))

    @Slot()
    def _on_make_chosen(self) -> None:
        dialog = self._folder_dialog(tr("A folder with config.json and safetensors"))
        dialog.fileSelected.connect(lambda name: self.files.make_gguf(Path(name)))
        dialog.open()

    @Slot()
    def _on_add_folder_chosen(self) -> None:
        dialog = self._folder_dialog(tr("Look into another folder"))
        dialog.fileSelected.connect(lambda name: self.files.add_folders([Path(name)]))
        dialog.open()

    @Slot(object, bool)
    def _on_favourite_chosen(self, entry: ModelEntry, is_favourite: bool) -> None:
        self._bridge.run(
            lambda context: self._services.notes.set_favourite(entry, is_favourite),
            on_failed=self.notice.show_error,
            lane=NOTES_LANE,
        )
        card = self.cards.card_at(entry.path)
        if card is not None:
            note = replace(card.note, is_favourite=is_favourite)
            self.cards.replace_cards([replace(card, note=note)])
            self._show_details()

    @Slot(object, str)
    def _on_note_kept(self, path: Path, note: str) -> None:
        card = self.cards.card_at(path)
        if card is not None:
            self.cards.replace_cards([replace(card, note=replace(card.note, note=note))])

    @Slot(object, object)
    def _on_profile_kept(self, path: Path, profile: ModelProfile) -> None:
        card = self.cards.card_at(path)
        if card is not None:
            self.cards.replace_cards([replace(card, profile=profile)])

    @Slot()
    def _on_counted(self) -> None:
        num_shown, num_all = self.cards.rowCount(), self.cards.num_all
        self._stack.setCurrentIndex(0 if num_shown else 1)
        self.empty_label.setText(self._empty_words(num_all))
        words = trn("{n} model", "{n} models", num_all)
        if num_shown != num_all:
            words = tr("{0} of {1}").format(num_shown, words)
        self.count_label.setText(words if num_all else "")

    def _empty_words(self, num_all: int) -> str:
        if num_all:
            return tr("No model is like this.")
        return tr(
            "No models yet. Drop a model's file (.gguf) or a folder with models here, or look for one under "
            "“Find”. Models of LM Studio, Ollama and other programs appear by themselves."
        )

    @Slot()
    def _on_control_changed(self) -> None:
        self.cards.set_in_use(self._control.path)
        self._show_details()
