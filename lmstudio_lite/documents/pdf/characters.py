"""Characters of a PDF as text has them: letters for ligatures, nothing for soft hyphens and controls."""

from __future__ import annotations

import unicodedata

import regex

_LIGATURES = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}
_CODES_OF_TEX = {"\x0b": "ff", "\x0c": "fi", "\x0d": "fl", "\x0e": "ffi", "\x0f": "ffl"}
_CODE_OF_TEX = regex.compile(r"(?<=\p{L})[\x0b-\x0f]|[\x0b-\x0f](?=\p{Ll})")
"""Ligatures in TeX's old encoding OT1, where a font does not say what its codes mean; alone, strokes."""
_BULLETS = dict.fromkeys((0xF0B7, 0xF0A7, 0xF076, 0xF0D8, 0xF06E), "•")
"""As Symbol and Wingdings have them, in the private use area."""
_WINDOWS = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}
"""C1 controls are Windows' quotation marks and dashes, unmapped."""
_RADICALS = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}
_RADICALS |= dict(
    zip(
        (0x2EC4, 0x2EC5, 0x2EC6, 0x2EC9, 0x2ECB, 0x2ED1, 0x2ED3, 0x2ED4, 0x2ED8, 0x2ED9, 0x2EDA, 0x2EDB,
         0x2EDC, 0x2EDD, 0x2EE2, 0x2EE3, 0x2EE4, 0x2EE5, 0x2EE6, 0x2EE7, 0x2EE8, 0x2EE9, 0x2EEC, 0x2EEE,
         0x2EF0, 0x2EF3, 0x2E9F, 0x2EA0),
        "西见角贝车長长门青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟母民",
        strict=True,
    )
)  # fmt: skip
"""Fonts tell an ideograph as the radical of the same shape (Unicode's EquivalentUnifiedIdeograph.txt)."""
_DROPPED = dict.fromkeys(
    [*range(0x02), *range(0x03, 0x09), *range(0x0B, 0x20), 0x7F, 0xAD, 0x200B, 0xFEFF, 0xFFFE, 0xFFFF], ""
)
_CLEANED = _LIGATURES | _RADICALS | _BULLETS | _WINDOWS | _DROPPED
_UNCLEAN = regex.compile(
    "[\x00\x01\x03-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u2e80-\u2eff\u2f00-\u2fdf\ufeff"
    "\uf000-\uf0ff\ufb00-\ufb06\ud800-\udfff\ufffe\uffff]"
)


def clean(text: str) -> str:
    """Return a line's text without soft hyphens and controls, ligatures as their letters."""
    if not _UNCLEAN.search(text):
        return text
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = _CODE_OF_TEX.sub(lambda code: _CODES_OF_TEX[code[0]], text)
    return text.translate(_CLEANED)
