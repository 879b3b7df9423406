"""The names of encodings: what files and people write, and the codec that reads it.

The labels are those of the WHATWG's Encoding Standard (https://encoding.spec.whatwg.org/#names-and-labels),
which says what is meant rather than what is written: what calls itself ISO-8859-1 is Windows-1252, GB2312 is
GB18030, Shift_JIS is Windows-31J. What the standard leaves out, but old files use, follows Python's names.
"""

from __future__ import annotations

import codecs
import re

_LABELS: dict[str, str] = {
    "utf-8": "utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 utf-8-sig cp65001 us-ascii "
    "ascii ansi-x3.4-1968",
    "utf-16": "ucs-2 csunicode iso-10646-ucs-2 unicode utf16",
    "utf-16-le": "utf-16le unicodefeff utf16le ucs-2le",
    "utf-16-be": "utf-16be unicodefffe utf16be ucs-2be",
    "utf-32": "ucs-4 utf32",
    "utf-32-le": "utf-32le utf32le",
    "utf-32-be": "utf-32be utf32be",
    "windows-1250": "cp1250 x-cp1250",
    "windows-1251": "cp1251 x-cp1251",
    "windows-1252": "cp1252 x-cp1252 ansi iso-8859-1 iso8859-1 iso88591 iso-ir-100 l1 "
    "latin1 latin-1 csisolatin1 iso-8859-1:1987 cp819 ibm819",
    "windows-1253": "cp1253 x-cp1253",
    "windows-1254": "cp1254 x-cp1254 iso-8859-9 iso8859-9 iso88599 latin5 latin-5 l5 csisolatin5 iso-ir-148",
    "windows-1255": "cp1255 x-cp1255",
    "windows-1256": "cp1256 x-cp1256",
    "windows-1257": "cp1257 x-cp1257",
    "windows-1258": "cp1258 x-cp1258",
    "windows-874": "cp874 dos-874 tis-620 tis620 iso-8859-11 iso8859-11 iso885911 thai",
    "iso-8859-2": "iso8859-2 iso88592 latin2 latin-2 l2 csisolatin2 iso-ir-101",
    "iso-8859-3": "iso8859-3 iso88593 latin3 latin-3 l3 csisolatin3 iso-ir-109",
    "iso-8859-4": "iso8859-4 iso88594 latin4 latin-4 l4 csisolatin4 iso-ir-110",
    "iso-8859-5": "iso8859-5 iso88595 cyrillic csisolatincyrillic iso-ir-144",
    "iso-8859-6": "iso8859-6 iso88596 arabic asmo-708 ecma-114 csisolatinarabic iso-ir-127 iso-8859-6-e "
    "iso-8859-6-i",
    "iso-8859-7": "iso8859-7 iso88597 greek greek8 ecma-118 elot-928 sun-eu-greek csisolatingreek iso-ir-126",
    "iso-8859-8": "iso8859-8 iso88598 hebrew visual logical csisolatinhebrew iso-ir-138 iso-8859-8-i "
    "iso-8859-8-e csiso88598i csiso88598e",
    "iso-8859-10": "iso8859-10 iso885910 latin6 latin-6 l6 csisolatin6 iso-ir-157",
    "iso-8859-13": "iso8859-13 iso885913 latin7 latin-7",
    "iso-8859-14": "iso8859-14 iso885914 latin8 latin-8",
    "iso-8859-15": "iso8859-15 iso885915 latin9 latin-9 l9 csisolatin9",
    "iso-8859-16": "iso8859-16 iso885916 latin10 latin-10",
    "koi8-r": "koi koi8 koi8r cskoi8r",
    "koi8-u": "koi8u koi8-ru",
    "ibm866": "866 cp866 csibm866",
    "ibm437": "437 cp437 dos-437",
    "ibm737": "737 cp737",
    "ibm775": "775 cp775",
    "ibm850": "850 cp850",
    "ibm852": "852 cp852",
    "ibm855": "855 cp855",
    "ibm857": "857 cp857",
    "ibm858": "858 cp858",
    "ibm862": "862 cp862",
    "ibm864": "864 cp864",
    "macintosh": "mac mac-roman macroman x-mac-roman csmacintosh",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian maccyrillic",
    "mac-greek": "x-mac-greek macgreek",
    "mac-latin2": "x-mac-ce x-mac-centraleurroman mac-ce mac-centeuro maccentraleurope",
    "mac-turkish": "x-mac-turkish macturkish",
    "gb18030": "gb2312 gb-2312 gb-2312-80 gb2312-80 gbk x-gbk chinese csgb2312 csiso58gb231280 iso-ir-58 "
    "cp936 ms936 936 windows-936 euc-cn euccn x-euc-cn",
    "big5": "big5-hkscs big5hkscs big5-tw csbig5 cn-big5 x-x-big5 x-big5 cp950 950 ms950 windows-950 "
    "big5-eten",
    "shift_jis": "shift-jis sjis x-sjis ms-kanji ms932 windows-31j csshiftjis cp932 932 mskanji windows-932",
    "euc-jp": "eucjp x-euc-jp cseucpkdfmtjapanese ujis",
    "euc-kr": "euckr ks-c-5601-1987 ks-c-5601-1989 ks-c-5601 ksc5601 ksc-5601 ks-x-1001 korean cp949 949 uhc "
    "windows-949 cseuckr csksc56011987 iso-ir-149 ms949",
    "euc-tw": "euctw x-euc-tw cns11643",
    "johab": "cp1361 ms1361",
    "iso-2022-jp": "csiso2022jp iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-3 iso-2022-jp-ext jis cp50220 "
    "cp50221",
    "iso-2022-kr": "csiso2022kr",
    "iso-2022-cn": "csiso2022cn iso-2022-cn-ext",
    "hz-gb-2312": "hz hzgb hz-gb",
    "viscii": "csviscii viscii1.1-1",
}
_CODECS: dict[str, str] = {
    "windows-874": "cp874",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "iso-2022-jp": "iso-2022-jp-ms",
    "hz-gb-2312": "hz",
    "ibm737": "cp737",
}
"""Codecs of another name than the encoding: those that read a superset, as the standard wants it."""
_NO_TEXT = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"})
_SEPARATORS = re.compile(r"[\s_]+")
_BY_LABEL = {
    label: name for name, labels in _LABELS.items() for label in (name.replace("_", "-"), *labels.split())
}


def encoding_named(label: str) -> str:
    """Return the name of the encoding that ``label`` means, "" for one that is not known."""
    label = _SEPARATORS.sub("-", label.strip().strip("'\"").lower())
    if not label or len(label) > 40 or not label.isascii():
        return ""
    if found := _BY_LABEL.get(label) or _BY_LABEL.get(label.removeprefix("x-")):
        return found
    try:
        codec = codecs.lookup(label)
    except (LookupError, ValueError):
        return ""
    name = codec.name.replace("_", "-")
    return "" if name in _NO_TEXT or not _is_of_text(codec.name) else _BY_LABEL.get(name, name)


def codec_of(encoding: str) -> str:
    """Return the name of the codec that reads ``encoding``, one that ``encoding_named`` returned."""
    return _CODECS.get(encoding, encoding)


def encodings() -> tuple[str, ...]:
    """Return the names of the encodings that a person can choose from."""
    return tuple(_LABELS)


def _is_of_text(codec: str) -> bool:
    """Tell whether a codec makes text of bytes: Python has some that zip, and the like."""
    try:
        return isinstance(b"a".decode(codec, "replace"), str)
    except (LookupError, ValueError):
        return False
