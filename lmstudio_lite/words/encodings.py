"""What an encoding is called, and which writing it is for."""

from __future__ import annotations

from lmstudio_lite.words.translate import mark, tr

_WESTERN, _CENTRAL, _BALTIC, _TURKISH = (
    mark("Western"),
    mark("Central European"),
    mark("Baltic"),
    mark("Turkish"),
)
_CYRILLIC, _GREEK, _HEBREW, _ARABIC = mark("Cyrillic"), mark("Greek"), mark("Hebrew"), mark("Arabic")
_SIMPLIFIED, _TRADITIONAL = mark("Simplified Chinese"), mark("Traditional Chinese")
_JAPANESE, _KOREAN, _THAI, _VIETNAMESE = mark("Japanese"), mark("Korean"), mark("Thai"), mark("Vietnamese")
_ALL = mark("all writings")

_KINDS: dict[str, tuple[str, str]] = {
    "utf-8": ("UTF-8", _ALL),
    "utf-16": ("UTF-16", _ALL),
    "utf-16-le": ("UTF-16 LE", _ALL),
    "utf-16-be": ("UTF-16 BE", _ALL),
    "utf-32": ("UTF-32", _ALL),
    "utf-32-le": ("UTF-32 LE", _ALL),
    "utf-32-be": ("UTF-32 BE", _ALL),
    "windows-1250": ("Windows-1250", _CENTRAL),
    "windows-1251": ("Windows-1251", _CYRILLIC),
    "windows-1252": ("Windows-1252", _WESTERN),
    "windows-1253": ("Windows-1253", _GREEK),
    "windows-1254": ("Windows-1254", _TURKISH),
    "windows-1255": ("Windows-1255", _HEBREW),
    "windows-1256": ("Windows-1256", _ARABIC),
    "windows-1257": ("Windows-1257", _BALTIC),
    "windows-1258": ("Windows-1258", _VIETNAMESE),
    "windows-874": ("Windows-874", _THAI),
    "iso-8859-2": ("ISO-8859-2", _CENTRAL),
    "iso-8859-3": ("ISO-8859-3", mark("South European")),
    "iso-8859-4": ("ISO-8859-4", _BALTIC),
    "iso-8859-5": ("ISO-8859-5", _CYRILLIC),
    "iso-8859-6": ("ISO-8859-6", _ARABIC),
    "iso-8859-7": ("ISO-8859-7", _GREEK),
    "iso-8859-8": ("ISO-8859-8", _HEBREW),
    "iso-8859-10": ("ISO-8859-10", mark("Nordic")),
    "iso-8859-13": ("ISO-8859-13", _BALTIC),
    "iso-8859-14": ("ISO-8859-14", mark("Celtic")),
    "iso-8859-15": ("ISO-8859-15", _WESTERN),
    "iso-8859-16": ("ISO-8859-16", mark("Romanian")),
    "koi8-r": ("KOI8-R", _CYRILLIC),
    "koi8-u": ("KOI8-U", _CYRILLIC),
    "ibm866": ("IBM866", _CYRILLIC),
    "ibm437": ("IBM437", _WESTERN),
    "ibm737": ("IBM737", _GREEK),
    "ibm775": ("IBM775", _BALTIC),
    "ibm850": ("IBM850", _WESTERN),
    "ibm852": ("IBM852", _CENTRAL),
    "ibm855": ("IBM855", _CYRILLIC),
    "ibm857": ("IBM857", _TURKISH),
    "ibm858": ("IBM858", _WESTERN),
    "ibm862": ("IBM862", _HEBREW),
    "ibm864": ("IBM864", _ARABIC),
    "macintosh": ("Mac Roman", _WESTERN),
    "mac-cyrillic": ("Mac Cyrillic", _CYRILLIC),
    "mac-greek": ("Mac Greek", _GREEK),
    "mac-latin2": ("Mac Central European", _CENTRAL),
    "mac-turkish": ("Mac Turkish", _TURKISH),
    "gb18030": ("GB18030", _SIMPLIFIED),
    "hz-gb-2312": ("HZ", _SIMPLIFIED),
    "iso-2022-cn": ("ISO-2022-CN", _SIMPLIFIED),
    "big5": ("Big5", _TRADITIONAL),
    "euc-tw": ("EUC-TW", _TRADITIONAL),
    "shift_jis": ("Shift-JIS", _JAPANESE),
    "euc-jp": ("EUC-JP", _JAPANESE),
    "iso-2022-jp": ("ISO-2022-JP", _JAPANESE),
    "euc-kr": ("EUC-KR", _KOREAN),
    "johab": ("Johab", _KOREAN),
    "iso-2022-kr": ("ISO-2022-KR", _KOREAN),
    "viscii": ("VISCII", _VIETNAMESE),
}


def say_encoding(name: str) -> str:
    """Return what an encoding is called, with the writing that it is for."""
    known = _KINDS.get(name)
    return tr("{0} ({1})").format(known[0], tr(known[1])) if known else name


def name_encoding(name: str) -> str:
    """Return what an encoding is called."""
    return _KINDS[name][0] if name in _KINDS else name
