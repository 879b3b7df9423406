"""The characters that fonts of symbols hold in place of letters, as Unicode.

Word stores them as a font and a code (``w:sym``), or as private characters U+F020 to U+F0FF. Symbol's table
is Unicode's own (https://www.unicode.org/Public/MAPPINGS/VENDORS/ADOBE/symbol.txt); of Wingdings the signs
that documents use: ticks, boxes, arrows, hands, bullets, numbers in circles.
"""

from __future__ import annotations

import re

_SYMBOL = " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
_SYMBOL_UPPER = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪"
_SYMBOL_LAST = "〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"
_FROM_SYMBOL = {
    **dict(enumerate(_SYMBOL, 0x20)),
    **dict(enumerate(_SYMBOL_UPPER, 0xA0)),
    **dict(enumerate(_SYMBOL_LAST, 0xF1)),
}
_FROM_WINGDINGS = {
    0x20: " ", 0x22: "✂", 0x28: "☎", 0x2A: "✉", 0x36: "⌛", 0x41: "✌", 0x43: "👍", 0x44: "👎", 0x45: "☜",
    0x46: "☞", 0x47: "☝", 0x48: "☟", 0x4A: "☺", 0x4B: "😐", 0x4C: "☹", 0x6C: "●", 0x6D: "❍", 0x6E: "■",
    0x6F: "□", 0x71: "❑", 0x72: "❒", 0x73: "⬧", 0x74: "⧫", 0x75: "◆", 0x76: "❖", 0x77: "⬥", 0x80: "⓪",
    0x9E: "·", 0x9F: "•", 0xA7: "▪", 0xA8: "☐", 0xAB: "★", 0xD8: "➢", 0xDF: "←", 0xE0: "→", 0xE1: "↑",
    0xE2: "↓", 0xE8: "➔", 0xEF: "⇦", 0xF0: "⇨", 0xF1: "⇧", 0xF2: "⇩", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒",
    0xFE: "☑",
    **{0x81 + number: chr(0x2460 + number) for number in range(10)},
    **{0x8C + number: chr(0x2776 + number) for number in range(10)},
}  # fmt: skip
_PRIVATE = re.compile("[\uf020-\uf0ff]")
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def symbol(code: int, font: str) -> str:
    """Return the character at ``code`` of ``font``; U+FFFD for one that is not known."""
    is_private = 0xF000 <= code <= 0xF0FF
    if is_private:
        code -= 0xF000
    name = font.casefold()
    if name == "symbol":
        return _FROM_SYMBOL.get(code, _UNKNOWN)
    if name.startswith("wingdings") or is_private:
        return _FROM_WINGDINGS.get(code, _UNKNOWN)
    return chr(code) if 0x20 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else _UNKNOWN


def with_symbols(text: str, font: str) -> str:
    """Return ``text`` with private characters of fonts of symbols as Unicode."""
    return _PRIVATE.sub(lambda found: symbol(ord(found[0]), font), text)
