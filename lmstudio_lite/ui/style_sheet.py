"""The application's one style sheet, built from the theme's tokens.

Widgets name what they are with ``theme.set_role(widget, role)``; the roles are:

    QPushButton   (none) outlined · "primary" filled · "quiet" words only · "row" wide · "menu"
                  "choice" a list's · "option" a card of which one is checked
    QToolButton   (none) flat icon · "primary" filled accent · "filled" soft ground
    QLabel        "title" large · "heading" bold · "muted" · "small" muted and smaller · "danger" · "warning"
    QListView     (none) no edge, no ground · "list" rows of words with check boxes
    QFrame        "card" surface with an edge · "panel" the left list · "bar" top bar · "status" status line
                  "soft" the user's message · "composer" · "code" · "notice-info" / "-warning" / "-danger"
                  "drop" dashed drop area · "drop-active" while something hovers · "separator" a hairline
    QTextEdit and
    QPlainTextEdit  (none) an input with an edge · "bare" no edge, no ground · "code-text" code

Buttons take the focus by Tab only (``controls``), so a focus ring is drawn for the keyboard, not for clicks.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import Template

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.tokens import Tokens

_SHEET = Template("""
* { outline: none; }
QMainWindow, QDialog, QWidget[role="page"] { background: $page; }
QToolTip { background: $surface; color: $text; border: 1px solid $control_line; padding: 4px 8px; }

QLabel { background: transparent; }
QLabel[role="title"] { font-size: ${title_pt}pt; font-weight: 600; }
QLabel[role="heading"] { font-weight: 600; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="small"] { color: $muted; font-size: ${small_pt}pt; }
QLabel[role="danger"] { color: $danger; }
QLabel[role="warning"] { color: $warning; }

QFrame[role="bar"] { background: $page; border: none; border-bottom: 1px solid $line; }
QFrame[role="status"] { background: $page; border: none; border-top: 1px solid $line; }
QFrame[role="status"] QLabel { color: $muted; font-size: ${small_pt}pt; }
QFrame[role="status"] QPushButton { color: $muted; font-size: ${small_pt}pt; border: none; padding: 0;
    min-height: 0; }
QFrame[role="status"] QPushButton:focus { color: $accent; text-decoration: underline; }
QFrame[role="status"] QPushButton:hover { color: $text; background: transparent; }
QFrame[role="panel"] { background: $page; border: none; }
QFrame[role="card"] { background: $surface; border: 1px solid $line; border-radius: ${radius}px; }
QFrame[role="soft"] { background: $soft; border: none; border-radius: ${radius_soft}px; }
QFrame[role="chip"] { background: $pressed; border: none; border-radius: ${radius_control}px; }
QFrame[role="code"] { background: $code_ground; border: 1px solid $line; border-radius: ${radius}px; }
QFrame[role="composer"] {
    background: $surface; border: 1px solid $control_line; border-radius: ${radius_soft}px; }
QFrame[role="composer"][focused="true"] { border-color: $accent; }
QFrame[role="separator"] { background: $line; border: none; max-height: 1px; min-height: 1px; }
QFrame[role="vertical-separator"] { background: $line; border: none; }
QFrame[role="notice-info"] {
    background: $info_ground; border: 1px solid $info_line; border-radius: ${radius}px; }
QFrame[role="notice-warning"] {
    background: $warning_ground; border: 1px solid $warning_line; border-radius: ${radius}px; }
QFrame[role="notice-danger"] {
    background: $danger_ground; border: 1px solid $danger_line; border-radius: ${radius}px; }
QFrame[role="popup"] { background: $surface; border: 1px solid $control_line; }
QFrame[role="drop"] { background: transparent; border: 1.5px dashed $control_line; border-radius: 12px; }
QFrame[role="drop-active"] { background: $selected; border: 1.5px dashed $accent; border-radius: 12px; }

QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton {
    background: $surface; color: $text; border: 1px solid $control_line;
    border-radius: ${radius_control}px; padding: 5px 12px; min-height: ${px_18}px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed, QPushButton:checked { background: $pressed; }
QPushButton:focus { border-color: $accent; }
QPushButton[role="menu"] { padding: 5px ${px_26}px 5px 10px; }
QPushButton[role="menu"]::menu-indicator {
    image: url("$chevron_down"); width: ${px_14}px; height: ${px_14}px;
    subcontrol-origin: padding; subcontrol-position: right center; right: 6px; }
QPushButton:disabled { color: $faint; border-color: $line; }
QPushButton[role="primary"] {
    background: $accent; color: $on_accent; border-color: $accent; font-weight: 600; }
QPushButton[role="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[role="primary"]:focus { border: 2px solid $text; padding: 4px 11px; }
QPushButton[role="primary"]:disabled { background: $pressed; border-color: $pressed; color: $faint; }
QPushButton[role="quiet"] { background: transparent; border-color: transparent; color: $text; }
QPushButton[role="quiet"]:hover { background: $hover; }
QPushButton[role="quiet"]:focus { border-color: $accent; }
QPushButton[role="row"] {
    background: transparent; border: 1px solid $line; border-radius: ${radius}px; }
QPushButton[role="row"]:hover { background: $hover; }
QPushButton[role="row"]:focus { border-color: $accent; }

QPushButton[role="choice"] {
    background: transparent; border: 1px solid transparent; border-radius: ${radius_control}px; }
QPushButton[role="choice"]:hover { background: $hover_surface; }
QPushButton[role="choice"]:checked { background: $selected; }
QPushButton[role="choice"]:focus { border-color: $accent; }
QPushButton[role="option"] {
    background: $surface; border: 1px solid $line; border-radius: ${radius}px; text-align: left; }
QPushButton[role="option"]:hover { background: $hover_surface; }
QPushButton[role="option"]:checked { background: $selected; border-color: $accent; }
QPushButton[role="option"]:focus { border-color: $accent; }
QPushButton[role="option"]:disabled { background: transparent; }

QToolButton {
    background: transparent; color: $text; border: 1px solid transparent;
    border-radius: ${radius_control}px; padding: 4px; }
QToolButton:hover, QToolButton:open { background: $hover; }
QToolButton:pressed, QToolButton:checked { background: $pressed; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $faint; }
QToolButton::menu-indicator { image: none; width: 0; }
QToolButton[role="primary"] {
    background: $accent; border-color: $accent; border-radius: ${round_primary}px; padding: 4px; }
QToolButton[role="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QToolButton[role="primary"]:focus { border: 2px solid $text; padding: 3px; }
QToolButton[role="primary"]:disabled { background: $pressed; border-color: $pressed; }
QToolButton[role="filled"] {
    background: $surface; border: 1px solid $control_line; border-radius: ${round_filled}px; }
QToolButton[role="filled"]:hover { background: $hover_surface; }
QToolButton[role="filled"]:focus { border-color: $accent; }

QLineEdit, QTextEdit, QPlainTextEdit, QSpinBox, QDoubleSpinBox {
    background: $surface; color: $text; border: 1px solid $control_line;
    border-radius: ${radius_control}px; padding: 5px 8px;
    selection-background-color: $accent; selection-color: $on_accent; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {
    width: 0; border: none; }
QLineEdit:focus, QTextEdit:focus, QPlainTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus {
    border-color: $accent; }
QLineEdit:disabled, QTextEdit:disabled, QPlainTextEdit:disabled { color: $faint; }
QTextEdit[role="bare"], QPlainTextEdit[role="bare"], QTextBrowser[role="bare"] {
    background: transparent; border: none; border-radius: 0; padding: 0; }

QTextEdit[role="code-text"] {
    background: transparent; border: none; border-radius: 0; padding: 0;
    font-family: $code_families; font-size: ${code_pt}pt; }

QComboBox {
    background: $surface; color: $text; border: 1px solid $control_line;
    border-radius: ${radius_control}px; padding: 5px 4px 5px 10px; min-height: ${px_18}px; }
QComboBox:hover { background: $hover_surface; }
QComboBox:focus { border-color: $accent; }
QComboBox:disabled { color: $faint; border-color: $line; }
QComboBox::drop-down { border: none; width: ${px_26}px; }
QComboBox::down-arrow { image: url("$chevron_down"); width: ${px_14}px; height: ${px_14}px; }
QComboBox QAbstractItemView {
    background: $surface; color: $text; border: 1px solid $control_line; padding: 4px;
    selection-background-color: $selected; selection-color: $text; }
QComboBox QAbstractItemView::item { min-height: ${px_26}px; padding: 0 6px; }

QCheckBox { spacing: 8px; background: transparent; }
QCheckBox::indicator {
    width: ${px_14}px; height: ${px_14}px; background: $surface; border: 1px solid $control_line;
    border-radius: 4px; }
QCheckBox::indicator:hover, QCheckBox::indicator:focus { border-color: $accent; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$tick"); }
QCheckBox::indicator:disabled { background: $page; border-color: $line; }
QCheckBox::indicator:checked:disabled { background: $muted; border-color: $muted; image: url("$tick"); }

QTabBar { background: transparent; border: none; }
QTabBar::tab {
    background: transparent; color: $muted; border: 1px solid transparent; padding: 5px 14px; margin: 0 2px;
    border-radius: ${radius_control}px; min-height: ${px_18}px; }
QTabBar::tab:hover { color: $text; background: $hover; }
QTabBar::tab:selected { color: $text; background: $pressed; }
QTabBar::tab:focus:selected { border-color: $accent; }

QMenu { background: $surface; color: $text; border: 1px solid $control_line; padding: 4px; }
QMenu::item { padding: 6px 28px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: $selected; color: $text; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }

QListView { background: transparent; border: none; padding: 0; }
QTableView {
    background: $surface; color: $text; border: 1px solid $line; border-radius: ${radius_control}px;
    selection-background-color: $selected; selection-color: $text; }
QTableView:focus { border-color: $accent; }
QTableView::item { padding: 3px 6px; }
QTreeView {
    background: $surface; border: 1px solid $line; border-radius: ${radius}px;
    selection-background-color: $selected; selection-color: $text; outline: none;
}
QTreeView:focus { border-color: $accent; }
QTreeView::item { padding: 4px 6px; color: $text; }
QTreeView::item:selected { background: $selected; color: $text; }
QListView[role="list"] { selection-background-color: $selected; selection-color: $text; }
QListView[role="list"]::item { padding: 4px 6px; border-radius: ${radius_control}px; color: $text; }
QListView[role="list"]::item:hover { background: $hover; }
QListView[role="list"]::item:selected { background: $selected; color: $text; }
QTableView::indicator, QListView[role="list"]::indicator {
    width: ${px_14}px; height: ${px_14}px; background: $surface; border: 1px solid $control_line;
    border-radius: 4px; }
QTableView::indicator:checked, QListView[role="list"]::indicator:checked {
    background: $accent; border-color: $accent; image: url("$tick"); }
QHeaderView { background: transparent; border: none; }
QHeaderView::section {
    background: $surface; color: $muted; border: none; border-bottom: 1px solid $line; padding: 4px 8px; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $scroll; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $scroll_hover; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QSlider:horizontal { min-height: ${px_22}px; }
QSlider::groove:horizontal { background: $pressed; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal {
    background: $surface; border: 1px solid $accent; width: ${px_14}px; height: ${px_14}px;
    margin: -${px_6}px 0; border-radius: ${px_8}px; }
QSlider::handle:horizontal:hover { background: $selected; }
QSlider::handle:horizontal:focus { background: $accent; }
QSlider::handle:horizontal:disabled { border-color: $faint; }

QProgressBar { background: $pressed; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }

QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QSplitter::handle:hover { background: $accent; }
""")


def build_style_sheet(
    tokens: Tokens, point_size: float, code_families: Sequence[str], icons_folder: str, scale: float
) -> str:
    """Return the sheet for ``tokens``.

    ``point_size`` is the UI font's, ``icons_folder`` holds its images, ``scale`` is the size of text in
    times the system's: what is drawn beside text grows with it.
    """
    values = {name: getattr(tokens, name) for name in ("page", "surface", "line", "text", "muted", "accent")}
    values |= {name: getattr(tokens, name) for name in ("on_accent", "warning", "danger", "faint", "soft")}
    values |= {name: getattr(tokens, name) for name in ("hover", "pressed", "selected", "control_line")}
    values |= {name: getattr(tokens, name) for name in ("accent_hover", "code_ground")}
    for kind in ("info", "warning", "danger"):
        values[f"{kind}_ground"] = tokens.ground_of(kind)
        values[f"{kind}_line"] = tokens.line_of(kind)
    mode = "dark" if tokens.is_dark else "light"
    values |= {
        "hover_surface": design.mix(tokens.text, tokens.surface, 0.05),
        "scroll": design.mix(tokens.text, tokens.page, 0.2),
        "scroll_hover": design.mix(tokens.text, tokens.page, 0.36),
        "radius": str(design.RADIUS),
        "radius_control": str(design.RADIUS_CONTROL),
        "radius_soft": str(design.RADIUS + 6),
        "title_pt": f"{point_size * design.TITLE_SCALE:.1f}",
        "small_pt": f"{point_size * design.SMALL_SCALE:.1f}",
        "code_pt": f"{point_size * design.PROSE_SCALE * design.CODE_SCALE:.1f}",
        "code_families": ", ".join(f'"{family}"' for family in code_families),
        **{f"px_{pixels}": str(round(pixels * scale)) for pixels in (6, 8, 14, 18, 22, 26)},
        "round_primary": str(round(14 * scale)),
        "round_filled": str(round(15 * scale)),
        "chevron_down": f"{icons_folder}/combo-{mode}.svg",
        "tick": f"{icons_folder}/tick-{mode}.svg",
    }
    return _SHEET.substitute(values)
