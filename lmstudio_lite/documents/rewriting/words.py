"""Whether a text holds words for a translator, or only what programs read: addresses, codes, figures."""

from __future__ import annotations

import regex

_WORD = regex.compile(r"\b[\p{L}\p{M}]{2,}\b|[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]")
_NO_WORDS = regex.compile(
    r"""
    `+[^`\n]+`+
    | (?:[a-z][a-z0-9+.-]{1,20}://|www\.|mailto:)[^\s<>"'`]+
    | [\w.+%-]+@[\w-]+(?:\.[\w-]+)+
    | \{\{[^{}\n]{1,120}\}\} | \{%[^{}\n]{1,120}%\} | [$\#]\{[^{}\n]{1,80}\} | \{[\w.:!@,\#/-]{0,60}\}
    | %\([\w.]+\)[\#0+-]*\d*(?:\.\d+)?[a-zA-Z]
    | (?<![\d%])%(?:\d+\$)?[\#0+-]*\d*(?:\.\d+)?(?:hh|h|ll|l|z|j|t)?[sdifouxXeEgGcp@](?!\p{L})
    | </?[A-Za-z][\w.:-]*(?:\s[^<>\n]{0,200})?/?>
    | &(?:[A-Za-z]\w{1,30}|\#\d{1,7}|\#x[0-9A-Fa-f]{1,6});
    | \b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b
    | (?<!\w)(?:[A-Za-z]:\\|~?/|\.{1,2}/)[\w.+-]+(?:[/\\][\w.+-]+)+
    | (?<![\w-])--[a-zA-Z][\w-]*
    | (?<![\w.])[\w.-]+\.(?:com|org|net|io|dev|html?|py|js|ts|json|ya?ml|md|txt|png|jpe?g|svg|gif|css)\b
    """,
    regex.VERBOSE,
)
_MIXED_TOKEN = regex.compile(r"\b\w*(?:\d\w*\p{L}|\p{L}\w*\d|_)\w*\b")


def has_words(text: str) -> bool:
    """Tell whether ``text`` holds a word of a language."""
    if not _WORD.search(text):
        return False
    return _WORD.search(_MIXED_TOKEN.sub(" ", _NO_WORDS.sub(" ", text))) is not None
