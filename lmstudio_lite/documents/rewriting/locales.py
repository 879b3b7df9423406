"""What a file calls a language: a code of a language and a region (BCP 47), where programs want both.

Office programs look up spelling and fonts by the pair. The region is the one with the most speakers who write
the language, or the one that Microsoft's list of locales names first ([MS-LCID]); a file that names a region
of the same language already keeps it.
"""

from __future__ import annotations

from lmstudio_lite.domain.languages import RIGHT_TO_LEFT

_REGIONS = (
    "en-US zh-CN es-ES de-DE fr-FR ja-JP ko-KR ru-RU ar-SA pt-BR it-IT nl-NL pl-PL tr-TR uk-UA vi-VN id-ID "
    "hi-IN th-TH fa-IR he-IL sv-SE da-DK no-NO fi-FI cs-CZ sk-SK sl-SI hr-HR sr-RS bg-BG mk-MK be-BY ro-RO "
    "hu-HU el-GR et-EE lv-LV lt-LT ca-ES gl-ES eu-ES ga-IE is-IS sq-AL ms-MY tl-PH sw-KE af-ZA az-AZ kk-KZ "
    "mn-MN ka-GE hy-AM ur-PK bn-BD mr-IN ne-NP ta-IN te-IN gu-IN pa-IN kn-IN ml-IN si-LK km-KH lo-LA my-MM "
    "am-ET"
)
_LOCALES = {each.partition("-")[0]: each for each in _REGIONS.split()}
_LOCALES["no"] = "nb-NO"
_LOCALES["tl"] = "fil-PH"
EAST_ASIAN = frozenset({"zh", "ja", "ko"})
"""Languages that office files keep a font of their own for."""


def locale_of(language: str) -> str:
    """Return the locale for a code of ISO 639-1; the code itself where none is known."""
    return _LOCALES.get(language, language)


def language_of(locale: str) -> str:
    """Return the code of ISO 639-1 of a locale as files have it ("de-DE", "nb_NO"), "" for none."""
    code = locale.replace("_", "-").partition("-")[0].lower()
    code = {"nb": "no", "nn": "no", "fil": "tl"}.get(code, code)
    return code if len(code) == 2 and code.isalpha() else ""


def is_right_to_left(language: str) -> bool:
    return language in RIGHT_TO_LEFT
