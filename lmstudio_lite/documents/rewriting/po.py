"""Catalogues of GNU gettext: the messages, and their translations written into ``msgstr``.

Existing translations stay unless they are fuzzy or are given anew. The header's language and plural forms
become those of the target. A message with a plural is a unit for each form of the target: of more than two
each is for numbers of its own, one of which stands in it while it is translated ("5 files" for "%d files").
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
from lmstudio_lite.documents.rewriting.plural_forms import PluralForm, forms_stated, plural_forms
from lmstudio_lite.documents.rewriting.slots import Edit, Slot, SlottedText
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.units import Amount, Place, Unit, UnitKind, UnitText, WriteUnitsOptions

PLURAL_FORMS = "plural_forms"
"""The language has more forms than two for amounts, and some are alike: no number stands in the words."""
_FEW_FORMS = 2
_WIDTH = 79
"""Of lines as gettext's tools wrap them."""
_IDENTIFIER = regex.compile(r"[\w-]+(?:[._:/-][\w-]+)+|[A-Z0-9_]{3,}")
_NUMBER_SIGN = regex.compile(r"%(?:\(\w+\)|\d+\$)?[0-9.'+-]*(?:hh|h|ll|l|z|j|t)?[diu](?!\p{L})|%n|\{\w*\}")
_CHARSET = regex.compile(r"(charset=)[\w.:-]+")
_FORM = regex.compile(r"msgstr\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class _Text:
    """An entry and its messages: one, or that of each plural form."""

    entry: Entry
    messages: tuple[Message, ...]


def split_catalog(text: str, target: str = "") -> SlottedText:
    """Return the messages of a catalogue; those with a plural in as many forms as ``target`` has.

    Raises:
        MalformedError: it is none.
    """
    entries = list(read_catalog(text))
    header = next((entry for entry in entries if _is_header(entry)), None)
    units: list[Unit] = []
    forms = _forms(header, target)
    texts = [
        _Text(entry, tuple(_messages(entry, units, forms)))
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
    alike = [each for each in texts if len(each.messages) > 1 and not _tells_forms_apart(each, units)]

    def remarks(wanted: WriteUnitsOptions) -> tuple[str, ...]:
        return (PLURAL_FORMS,) if alike and len(_forms(header, wanted.target)) > _FEW_FORMS else ()

    language = language if language in LANGUAGES else ""
    return SlottedText(slots, language, kept, whole=whole, remarks=remarks)


def declared_utf8(text: str) -> str:
    """Return a catalogue that says that it is in UTF-8."""
    return str(_CHARSET.sub(r"\1UTF-8", text, count=1))


def _is_header(entry: Entry) -> bool:
    return "msgid" in entry.strings and not entry.words("msgid") and "msgctxt" not in entry.strings


def _messages(entry: Entry, units: list[Unit], forms: Sequence[PluralForm]) -> Iterator[Message]:
    existing = [] if "fuzzy" in entry.flags else [string.words for string in entry.translations]
    if "msgid_plural" not in entry.strings:
        yield _message(entry, entry.words("msgid"), existing[0] if existing else "", units)
        return
    has_all = len(existing) >= len(forms)
    for number, form in enumerate(forms):
        if not has_all and len(existing) == 1:
            number = 0
        said = existing[number] if number < len(existing) else ""
        amount = form.example if len(forms) > _FEW_FORMS else None
        yield _message(entry, _words_of_form(entry, form), said, units, amount)


def _words_of_form(entry: Entry, form: PluralForm) -> str:
    """Return which of English's two forms a form is the translation of.

    One that serves 21 too can't be that of words without the number ("One file").
    """
    one, many = entry.words("msgid"), entry.words("msgid_plural")
    is_number_lost = (
        form.example not in (None, 0) and _NUMBER_SIGN.search(many) and not _NUMBER_SIGN.search(one)
    )
    return one if form.is_singular and not is_number_lost else many


def _message(entry: Entry, words: str, known: str, units: list[Unit], amount: int | None = None) -> Message:
    tokens = [] if _IDENTIFIER.fullmatch(words) else message_tokens(words)
    message = message_of(tokens, len(units)) if tokens else Message((words,) if words else ())
    said = message_of(message_tokens(known), 0) if known else Message(())
    if said.leaves and len(said.leaves) != len(message.leaves):
        message = message_of(tokens, len(units), is_split=False)
        said = message_of(message_tokens(known), 0, is_split=False)
    message = with_said(message, said)
    note = _note(entry)
    for leaf in message.leaves:
        place = Place(UnitKind.MESSAGE, _reference(entry), leaf.number + 1)
        existing = leaf.said.text if leaf.said else ""
        text, marks = leaf.inline.text, leaf.inline.marks
        units.append(
            Unit(text, place, marks, note, existing, amount=_amount(text, amount) if not marks else None)
        )
    return message


def _amount(text: str, number: int | None) -> Amount | None:
    signs = [match[0] for match in _NUMBER_SIGN.finditer(text)]
    is_clear = len(signs) == 1 and str(number) not in text
    return Amount(signs[0], str(number)) if number is not None and is_clear else None


def _tells_forms_apart(text: _Text, units: Sequence[Unit]) -> bool:
    """Tell whether each form of a plural has words or a number of its own."""
    made = [tuple(_made_of(units[leaf.number]) for leaf in message.leaves) for message in text.messages]
    return len(set(made)) == len(made)


def _made_of(unit: Unit) -> str:
    return unit.existing or (unit.amount.filled(unit.text) if unit.amount else unit.text)


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
    forms = _forms(header, wanted.target)
    for each in texts:
        if not any(leaf.number in new for message in each.messages for leaf in message.leaves):
            continue
        written = [message.written(new) for message in each.messages]
        yield from _edits_of_entry(each.entry, written, forms, line_end)
    if header is not None:
        yield from _edits_of_header(header, wanted.target, line_end)


def _edits_of_entry(
    entry: Entry, written: Sequence[str | None], forms: Sequence[PluralForm], line_end: str
) -> Iterator[Edit]:
    strings = entry.translations
    width = _width(entry)
    first, last = min(string.start for string in strings), max(string.end for string in strings)
    if "msgid_plural" not in entry.strings:
        yield Edit(first, last, written_string("msgstr", written[0] or "", width=width, line_end=line_end))
    else:
        said = {int(found[1]): string.words for string in strings if (found := _FORM.match(string.keyword))}
        words_of_forms = [
            _form(number, form, written, said, entry, has_all=len(written) == len(forms))
            for number, form in enumerate(forms)
        ]
        lines = [
            written_string(f"msgstr[{number}]", words, width=width, line_end=line_end)
            for number, words in enumerate(words_of_forms)
        ]
        yield Edit(first, last, line_end.join(lines))
    yield from _edits_of_flags(entry)


def _form(
    number: int,
    form: PluralForm,
    written: Sequence[str | None],
    said: Mapping[int, str],
    entry: Entry,
    *,
    has_all: bool,
) -> str:
    """Return what stands in one of the plural's forms; without ``has_all`` it was read for no language."""
    words = written[number] if has_all else written[0 if form.is_singular else -1]
    if words is not None:
        return words
    return said.get(number, "") or _words_of_form(entry, form)


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


def _forms(header: Entry | None, target: str) -> tuple[PluralForm, ...]:
    """Return the forms that plurals have in ``target``: as the header says, if that is of this language."""
    stated: tuple[PluralForm, ...] = ()
    if header is not None and target and _is_of(_fields(header).get("language", ""), target):
        stated = forms_stated(_fields(header).get("plural-forms", ""))
    return stated or forms_stated(plural_forms(target))


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
    if not is_own or not forms_stated(fields.get("plural-forms", "")):
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
