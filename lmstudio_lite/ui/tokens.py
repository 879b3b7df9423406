"""The design's values: colours of both themes, spacing and radii. No widgets, no Qt.

Derived colours (hover, soft grounds) are mixed from the named ones, so that a new theme is eleven
colours and nothing else. Every pair of text and ground holds a contrast of 4.5 : 1, which
``contrast`` lets the tests prove.
"""

from __future__ import annotations

from dataclasses import dataclass

SPACE_4, SPACE_8, SPACE_12, SPACE_16, SPACE_24, SPACE_32 = 4, 8, 12, 16, 24, 32
RADIUS = 8
RADIUS_CONTROL = 6
PROSE_WIDTH = 760
READING_WIDTHS = (560, 760, 960, 1_280)
"""How wide lines of messages may be, to choose from; the second is 80 to 100 letters of most languages."""
PROSE_SCALE = 1.08
PROSE_LINE_HEIGHT = 1.5
CODE_SCALE = 0.95
SMALL_SCALE = 0.9
TITLE_SCALE = 1.5
MOTION_MS = 120
TEXT_SCALES = (0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0)
"""Sizes of text to choose from, in times the system's own."""


def next_text_scale(scale: float, step: int) -> float:
    """Return the size of text one larger (``step`` 1) or smaller (-1) than ``scale``, if there is one."""
    further = [each for each in TEXT_SCALES[::step] if (each - scale) * step > 0]
    return further[0] if further else scale


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(colour: str, ground: str, share: float) -> str:
    """Lay ``share`` (0 to 1) of ``colour`` over ``ground``; both and the result are ``#RRGGBB``."""
    pairs = zip(_channels(colour), _channels(ground), strict=True)
    return "#" + "".join(f"{round(top * share + bottom * (1 - share)):02X}" for top, bottom in pairs)


def _luminance(colour: str) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of WCAG 2.2 (1 to 21) between two ``#RRGGBB`` colours."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme's colours as ``#RRGGBB``."""

    is_dark: bool
    page: str
    surface: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    warning: str
    danger: str
    highlight: str

    @property
    def hover(self) -> str:
        """Ground of a flat control under the pointer, on the page."""
        return mix(self.text, self.page, 0.06)

    @property
    def pressed(self) -> str:
        return mix(self.text, self.page, 0.11)

    @property
    def soft(self) -> str:
        """Ground of the user's messages and of chips."""
        return mix(self.text, self.page, 0.05)

    @property
    def selected(self) -> str:
        """Ground of the chosen row in a list."""
        return mix(self.accent, self.page, 0.12)

    @property
    def control_line(self) -> str:
        """Edge of an input or button: stronger than ``line``, weaker than text."""
        return mix(self.text, self.page, 0.18)

    @property
    def faint(self) -> str:
        """Text of disabled controls only."""
        return mix(self.text, self.page, 0.4)

    @property
    def accent_hover(self) -> str:
        return mix("#FFFFFF" if self.is_dark else "#000000", self.accent, 0.12)

    @property
    def code_ground(self) -> str:
        return mix(self.text, self.page, 0.035 if not self.is_dark else 0.06)

    def doubt_ground(self, step: int) -> str:
        """Return the ground of a word that the model was unsure of, in ``step`` 1 to 3."""
        return mix(self.warning, self.page, (0.06, 0.11, 0.165)[step - 1])

    def ground_of(self, kind: str) -> str:
        """Return the quiet ground of a notice of ``kind`` "info", "warning" or "danger"."""
        colour = {"info": self.accent, "warning": self.warning, "danger": self.danger}[kind]
        return mix(colour, self.page, 0.07)

    def line_of(self, kind: str) -> str:
        """Return the edge of a notice of ``kind``."""
        colour = {"info": self.accent, "warning": self.warning, "danger": self.danger}[kind]
        return mix(colour, self.page, 0.3)


LIGHT = Tokens(
    is_dark=False,
    page="#FBFBF9",
    surface="#FFFFFF",
    line="#E3E3DE",
    text="#1D1E20",
    muted="#62656A",
    accent="#0B6E69",
    on_accent="#FFFFFF",
    warning="#9A5B00",
    danger="#B3261E",
    highlight="#FFF1B8",
)

DARK = Tokens(
    is_dark=True,
    page="#1B1C1E",
    surface="#242629",
    line="#36393D",
    text="#E8E8E4",
    muted="#A2A6AC",
    accent="#4FC3B8",
    on_accent="#10201F",
    warning="#F0B35A",
    danger="#F2897F",
    highlight="#4A4220",
)
