"""Catalogues of GNU gettext: the messages, and their translations written into ``msgstr``.

Existing translations stay unless they are fuzzy or are given anew. The header's language and plural forms
become those of the target. A message with a plural is two units; of a language with more forms than two the
second serves all further ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import regex

from lmstudio_lite.documents.rewriting.catalog import (
    Entry,
    read_catalog,
    written_string,
)
from lmstudio_lite.documents.rewriting.message import Message, message_of, message_tokens, with_said
from lmstudio_lite.documents.rewriting.plural_forms import plural_forms
from lmstudio_lite.documents.rewriting.slots import Edit, Slot, SlottedText
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.units import Place, Unit, UnitKind, UnitText, WriteUnitsOptions

PLURAL_FORMS = "plural_forms"
"""The language has more forms for amounts than one and many: all further ones say the same."""
_OUR_FORMS = 2
_WIDTH = 79
"""Of lines as gettext's tools wrap them."""
_IDENTIFIER = regex.compile(r"[\w-]+(?:[._:/-][\w-]+)+|[A-Z0-9_]{3,}")
_NUM_FORMS = regex.compile(r"nplurals\s*=\s*(\d+)")
_CHARSET = regex.compile(r"(charset=)[\w.:-]+")
_FORM = regex.compile(r"msgstr\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class _Text:
    """An entry and its messages: one, or that of the singular and that of the plural."""

    entry: Entry
    messages: tuple[Message, ...]


def split_catalog(text: str) -> SlottedText:
    """Return the messages of a catalogue.

    Raises:
        MalformedError: it is none.
    """
    entries = list(read_catalog(text))
    header = next((entry for entry in entries if _is_header(entry)), None)
    units: list[Unit] = []
    texts = [
        _Text(entry, tuple(_messages(entry, units)))
        for entry in entries
        if entry is not header and entry.translations
    ]
    slots = tuple(Slot(unit, lambda _text, _layout: (), is_in_place=False) for unit in units)
    line_end = "\r\n" if "\r\n" in text else "\n"

    def whole(given: Mapping[int, UnitText], wanted: WriteUnitsOptions) -> Sequence[Edit]:
        return list(_edits(texts, units, header, given, wanted, line_end))

    said = _fields(header).get("x-source-language", "") if header else ""
    language = said.replace("_", "-").partition("-")[0].lower()
    num_kept = sum(not message.leaves for each in texts for message in each.messages)
    kept = (("identifier", num_kept),) if num_kept else ()
    has_plurals = any(len(each.messages) > 1 for each in texts)

    def remarks(wanted: WriteUnitsOptions) -> tuple[str, ...]:
        return (PLURAL_FORMS,) if has_plurals and _num_forms(header, wanted.target) > _OUR_FORMS else ()

    language = language if language in LANGUAGES else ""
    return SlottedText(slots, language, kept, whole=whole, remarks=remarks)


def declared_utf8(text: str) -> str:
    """Return a catalogue that says that it is in UTF-8."""
    return str(_CHARSET.sub(r"\1UTF-8", text, count=1))


def _is_header(entry: Entry) -> bool:
    return "msgid" in entry.strings and not entry.words("msgid") and "msgctxt" not in entry.strings


def _messages(entry: Entry, units: list[Unit]) -> Iterator[Message]:
    note = _note(entry)
    existing = [] if "fuzzy" in entry.flags else [string.words for string in entry.translations]
    if "msgid_plural" in entry.strings and len(existing) == 1:
        existing *= _OUR_FORMS
    for number, keyword in enumerate(("msgid", "msgid_plural")):
        if keyword not in entry.strings:
            continue
        words = entry.words(keyword)
        tokens = [] if _IDENTIFIER.fullmatch(words) else message_tokens(words)
        message = message_of(tokens, len(units)) if tokens else Message((words,) if words else ())
        said = message_of(message_tokens(existing[number]), 0) if number < len(existing) else Message(())
        if said.leaves and len(said.leaves) != len(message.leaves):
            message = message_of(tokens, len(units), is_split=False)
            said = message_of(message_tokens(existing[number]), 0, is_split=False)
        message = with_said(message, said)
        for leaf in message.leaves:
            place = Place(UnitKind.MESSAGE, _reference(entry), leaf.number + 1)
            known = leaf.said.text if leaf.said else ""
            units.append(Unit(leaf.inline.text, place, leaf.inline.marks, note, known))
        yield message


def _note(entry: Entry) -> str:
    """Return what the catalogue tells translators: its comments, and the context of the message."""
    lines = [entry.words("msgctxt")]
    for comment in entry.comments:
        if comment.line.startswith(("#.", "# ")):
            lines.append(comment.line[2:].strip())
    return "\n".join(line for line in lines if line)


def _reference(entry: Entry) -> str:
    found = (comment.line[2:].split() for comment in entry.comments if comment.line.startswith("#:"))
    return next((words[0] for words in found if words), "")


def _edits(
    texts: Sequence[_Text],
    units: Sequence[Unit],
    header: Entry | None,
    given: Mapping[int, UnitText],
    wanted: WriteUnitsOptions,
    line_end: str,
) -> Iterator[Edit]:
    new = {number: text for number, text in given.items() if text.text != units[number].existing}
    if not new:
        return
    num_forms = _num_forms(header, wanted.target)
    for each in texts:
        if not any(leaf.number in new for message in each.messages for leaf in message.leaves):
            continue
        written = [message.written(new) for message in each.messages]
        yield from _edits_of_entry(each.entry, written, num_forms, line_end)
    if header is not None:
        yield from _edits_of_header(header, wanted.target, line_end)


def _edits_of_entry(
    entry: Entry, written: Sequence[str | None], num_forms: int, line_end: str
) -> Iterator[Edit]:
    strings = entry.translations
    width = _width(entry)
    first, last = min(string.start for string in strings), max(string.end for string in strings)
    if len(written) == 1:
        yield Edit(first, last, written_string("msgstr", written[0] or "", width=width, line_end=line_end))
    else:
        said = {int(found[1]): string.words for string in strings if (found := _FORM.match(string.keyword))}
        forms = [_form(number, num_forms, written, said, entry) for number in range(num_forms)]
        lines = [
            written_string(f"msgstr[{number}]", words, width=width, line_end=line_end)
            for number, words in enumerate(forms)
        ]
        yield Edit(first, last, line_end.join(lines))
    yield from _edits_of_flags(entry)


def _form(
    number: int, num_forms: int, written: Sequence[str | None], said: Mapping[int, str], entry: Entry
) -> str:
    """Return what stands in one of the plural's forms."""
    which = 0 if number == 0 and num_forms > 1 else 1
    words = written[which]
    if words is not None:
        return words
    return said.get(number, "") or entry.words("msgid" if which == 0 else "msgid_plural")


def _edits_of_flags(entry: Entry) -> Iterator[Edit]:
    """Yield edits that take away that a translation is fuzzy, and of what it was one before."""
    if "fuzzy" not in entry.flags:
        return
    for comment in entry.comments:
        if comment.line.startswith("#|"):
            yield Edit(comment.start, comment.end, "")
        elif comment.line.startswith("#,"):
            flags = [flag.strip() for flag in comment.line[2:].split(",")]
            left = ", ".join(flag for flag in flags if flag != "fuzzy")
            if not left:
                yield Edit(comment.start, comment.end, "")
            elif "fuzzy" in flags:
                yield Edit(comment.start, comment.start + len(comment.line), f"#, {left}")


def _width(entry: Entry) -> int:
    """Return at which width the entry's strings are wrapped, 0 for not at all."""
    for keyword in ("msgid", "msgid_plural"):
        string = entry.strings.get(keyword)
        if (
            string
            and string.num_lines > 1
            and string.num_lines - 1 > string.words.rstrip("\n").count("\n") + 1
        ):
            return _WIDTH
        if string and string.num_lines == 1 and string.end - string.start > _WIDTH:
            return 0
    return _WIDTH


def _fields(header: Entry) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in header.words("msgstr").split("\n"):
        name, _colon, value = line.partition(":")
        fields[name.strip().lower()] = value.strip()
    return fields


def _num_forms(header: Entry | None, target: str) -> int:
    stated = plural_forms(target)
    if header is not None and _is_of(_fields(header).get("language", ""), target):
        own = _fields(header).get("plural-forms", "")
        stated = own if _NUM_FORMS.search(own) else stated
    found = _NUM_FORMS.search(stated)
    return max(1, min(6, int(found[1]))) if found else 2


def _is_of(language: str, target: str) -> bool:
    return language.replace("_", "-").partition("-")[0].lower() == target


def _edits_of_header(header: Entry, target: str, line_end: str) -> Iterator[Edit]:
    string = header.strings.get("msgstr")
    if string is None:
        return
    fields = _fields(header)
    is_own = _is_of(fields.get("language", ""), target)
    words = string.words
    if not is_own:
        words = _with_field(words, "Language", target)
    if not is_own or not _NUM_FORMS.search(fields.get("plural-forms", "")):
        words = _with_field(words, "Plural-Forms", plural_forms(target))
    words = words.replace("charset=CHARSET", "charset=UTF-8")
    if words != string.words:
        written = written_string("msgstr", words, width=0, line_end=line_end)
        yield Edit(string.start, string.end, written)
    yield from _edits_of_flags(header)


def _with_field(words: str, name: str, value: str) -> str:
    lines = words.split("\n")
    for number, line in enumerate(lines):
        if line.partition(":")[0].strip().lower() == name.lower():
            lines[number] = f"{name}: {value}"
            return "\n".join(lines)
    at = len(lines) - 1 if lines and not lines[-1] else len(lines)
    return "\n".join([*lines[:at], f"{name}: {value}", *(lines[at:] or [""])])
