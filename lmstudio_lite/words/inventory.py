"""What is said of a file's parts: where they are, how they were read, and which were not and why."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import groupby

from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.saying import begin_sentence
from lmstudio_lite.words.translate import mark, tr, trn

_MOST_NAMED = 8
_LONGEST_NAME = 60
_LONGEST_NAME_IN_A_LINE = 24


def say_place(part: Part, longest_name: int = _LONGEST_NAME) -> str:
    """``page 2``, ``sheet “Costs”``, ``attachment “plan.pdf”``, ``speaker notes of slide 3``."""
    bare, numbered, named = _PLACES[part.kind]
    if part.name and not (part.kind in _IN_RANGES and part.number):
        return tr(named).format(_shortened(_name_of(part), longest_name))
    return tr(numbered).format(f"{part.number:,}") if part.number else tr(bare)


def say_kind(part: Part) -> str:
    """Say what a part is, by itself: "Page", "Sheet", "Attachment"."""
    return begin_sentence(tr(_PLACES[part.kind][0]))


def say_how(part: Part) -> str:
    """Say how a part was read, or why it was not: "read", "not read: encrypted"."""
    if part.why is not None:
        return tr("not read: {0}").format(tr(_REASONS[part.why]))
    return tr(_HOWS[part.how])


def say_places(parts: Sequence[Part]) -> str:
    """Name parts in few words: ``pages 2–9, 3 attachments``."""
    return ", ".join(_say_group(group, names=False) for group in _groups(parts, lambda part: part.kind))


def say_unread(unread: Sequence[Part]) -> list[str]:
    """Say what was not read and why, a sentence for the parts of one kind that share a reason."""
    said = []
    for group in _groups(unread, lambda part: (part.kind, part.why)):
        kind, why = group[0].kind, group[0].why
        if why is not None:
            of_pictures = _SENTENCES_OF_PICTURES.get(why) if kind is PartKind.PICTURE else None
            singular, plural = of_pictures or _SENTENCES[why]
            is_one = len(group) == 1 and kind not in _MANY_IN_ONE
            sentence = singular if is_one else plural
            said.append(begin_sentence(tr(sentence).format(_say_group(group, names=True))))
    return said


def say_recognized(inventory: Sequence[Part]) -> str:
    """Say which parts were recognized in pictures, "" if none was."""
    recognized = [part for part in inventory if part.how is HowRead.RECOGNIZED]
    if not recognized:
        return ""
    if len(recognized) == 1:
        said = tr("The text of {0} was recognized in a picture and may have mistakes.")
    else:
        said = tr("The text of {0} was recognized in pictures and may have mistakes.")
    return said.format(say_places(recognized))


def say_share(share: float) -> str:
    """Say a share (0 to 1) in whole percents, never more than is true: ``99%`` for 0.997."""
    if 0.0 < share < 0.01:
        return "<1%"
    # What is short of the next percent by the rounding of a float's last digits is that percent.
    return f"{math.floor(share * 100 + 1e-9) if share < 1.0 - 1e-9 else 100}%"


def _groups(parts: Sequence[Part], key: Callable[[Part], object]) -> list[list[Part]]:
    """Return the parts that share a key, groups and parts in the order in which they come."""
    order = {value: number for number, value in enumerate(dict.fromkeys(map(key, parts)))}
    ranked = sorted(parts, key=lambda part: order[key(part)])
    return [list(group) for _, group in groupby(ranked, key)]


def _say_group(group: Sequence[Part], *, names: bool) -> str:
    """``page 2``, ``pages 2–9, 12``, ``3 attachments`` and, with ``names``, which."""
    first = group[0]
    if len(group) == 1:
        return say_place(first, _LONGEST_NAME if names else _LONGEST_NAME_IN_A_LINE)
    if first.kind in _IN_RANGES and all(part.number for part in group):
        return tr(_IN_RANGES[first.kind]).format(_say_ranges(sorted({part.number for part in group})))
    said = _COUNTS[first.kind](len(group))
    named = [f"“{_shortened(_name_of(part))}”" for part in group if part.name]
    if not names or not named or first.kind is PartKind.PICTURE:
        return said
    more = [tr("and {0} more").format(f"{len(named) - _MOST_NAMED:,}")] if len(named) > _MOST_NAMED else []
    return tr("{0} ({1})").format(said, ", ".join([*named[:_MOST_NAMED], *more]))


def _name_of(part: Part) -> str:
    """Return a part's name as people know it: of a picture's address, which may be a line, the last word."""
    is_address = part.kind is PartKind.PICTURE and "/" in part.name and " " not in part.name
    return (part.name.rstrip("/").rpartition("/")[2] or part.name) if is_address else part.name


def _say_ranges(numbers: Sequence[int]) -> str:
    """``2–9, 12`` of numbers in ascending order; of many ranges the first, and how many more numbers."""
    said, num_said = [], 0
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        found = [number for _, number in run]
        said.append(f"{found[0]}–{found[-1]}" if len(found) > 1 else f"{found[0]}")
        num_said += len(found)
        if len(said) == _MOST_NAMED and num_said < len(numbers):
            said.append(tr("and {0} more").format(f"{len(numbers) - num_said:,}"))
            break
    return ", ".join(said)


def _shortened(name: str, longest: int = _LONGEST_NAME) -> str:
    name = safe_line(name)
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


_PLACES: dict[PartKind, tuple[str, str, str]] = {
    PartKind.BODY: (mark("text"), mark("text {0}"), mark("text “{0}”")),
    PartKind.PAGE: (mark("page"), mark("page {0}"), mark("page “{0}”")),
    PartKind.SLIDE: (mark("slide"), mark("slide {0}"), mark("slide “{0}”")),
    PartKind.SHEET: (mark("sheet"), mark("sheet {0}"), mark("sheet “{0}”")),
    PartKind.CHAPTER: (mark("chapter"), mark("chapter {0}"), mark("chapter “{0}”")),
    PartKind.MESSAGE: (mark("message"), mark("message {0}"), mark("message “{0}”")),
    PartKind.ATTACHMENT: (mark("attachment"), mark("attachment {0}"), mark("attachment “{0}”")),
    PartKind.NOTES: (
        mark("speaker notes"),
        mark("speaker notes of slide {0}"),
        mark("speaker notes “{0}”"),
    ),
    PartKind.FOOTNOTES: (mark("footnotes"), mark("footnotes {0}"), mark("footnotes “{0}”")),
    PartKind.ENDNOTES: (mark("endnotes"), mark("endnotes {0}"), mark("endnotes “{0}”")),
    PartKind.COMMENTS: (mark("comments"), mark("comments {0}"), mark("comments “{0}”")),
    PartKind.HEADER: (mark("header"), mark("header {0}"), mark("header “{0}”")),
    PartKind.FOOTER: (mark("footer"), mark("footer {0}"), mark("footer “{0}”")),
    PartKind.TEXT_BOX: (mark("text box"), mark("text box {0}"), mark("text box “{0}”")),
    PartKind.FRAME: (mark("frame"), mark("frame {0}"), mark("frame “{0}”")),
    PartKind.NAVIGATION: (mark("menus"), mark("menus {0}"), mark("menus “{0}”")),
    PartKind.PICTURE: (mark("picture"), mark("picture {0}"), mark("picture “{0}”")),
    PartKind.CHART: (mark("chart"), mark("chart {0}"), mark("chart “{0}”")),
    PartKind.DIAGRAM: (mark("diagram"), mark("diagram {0}"), mark("diagram “{0}”")),
    PartKind.HIDDEN_TEXT: (mark("hidden text"), mark("hidden text {0}"), mark("hidden text “{0}”")),
    PartKind.EMBEDDED: (mark("embedded file"), mark("embedded file {0}"), mark("embedded file “{0}”")),
}
_IN_RANGES: dict[PartKind, str] = {
    PartKind.PAGE: mark("pages {0}"),
    PartKind.SLIDE: mark("slides {0}"),
    PartKind.NOTES: mark("speaker notes of slides {0}"),
}
"""Kinds whose parts go by their numbers."""
_MANY_IN_ONE = frozenset(
    (PartKind.NOTES, PartKind.FOOTNOTES, PartKind.ENDNOTES, PartKind.COMMENTS, PartKind.NAVIGATION)
)
"""Kinds whose one part is named in the plural."""
_COUNTS: dict[PartKind, Callable[[int], str]] = {
    PartKind.BODY: lambda num: trn("{n} text", "{n} texts", num),
    PartKind.PAGE: lambda num: trn("{n} page", "{n} pages", num),
    PartKind.SLIDE: lambda num: trn("{n} slide", "{n} slides", num),
    PartKind.SHEET: lambda num: trn("{n} sheet", "{n} sheets", num),
    PartKind.CHAPTER: lambda num: trn("{n} chapter", "{n} chapters", num),
    PartKind.MESSAGE: lambda num: trn("{n} message", "{n} messages", num),
    PartKind.ATTACHMENT: lambda num: trn("{n} attachment", "{n} attachments", num),
    PartKind.NOTES: lambda num: trn("speaker notes of {n} slide", "speaker notes of {n} slides", num),
    PartKind.FOOTNOTES: lambda num: trn("{n} part of footnotes", "{n} parts of footnotes", num),
    PartKind.ENDNOTES: lambda num: trn("{n} part of endnotes", "{n} parts of endnotes", num),
    PartKind.COMMENTS: lambda num: trn("{n} part of comments", "{n} parts of comments", num),
    PartKind.HEADER: lambda num: trn("{n} header", "{n} headers", num),
    PartKind.FOOTER: lambda num: trn("{n} footer", "{n} footers", num),
    PartKind.TEXT_BOX: lambda num: trn("{n} text box", "{n} text boxes", num),
    PartKind.FRAME: lambda num: trn("{n} frame", "{n} frames", num),
    PartKind.NAVIGATION: lambda num: trn("{n} menu", "{n} menus", num),
    PartKind.PICTURE: lambda num: trn("{n} picture", "{n} pictures", num),
    PartKind.CHART: lambda num: trn("{n} chart", "{n} charts", num),
    PartKind.DIAGRAM: lambda num: trn("{n} diagram", "{n} diagrams", num),
    PartKind.HIDDEN_TEXT: lambda num: trn("{n} hidden text", "{n} hidden texts", num),
    PartKind.EMBEDDED: lambda num: trn("{n} embedded file", "{n} embedded files", num),
}
_HOWS: dict[HowRead, str] = {
    HowRead.TEXT: mark("read"),
    HowRead.FALLBACK: mark("read in a second way"),
    HowRead.RECOGNIZED: mark("recognized, may have mistakes"),
    HowRead.HIDDEN: mark("read, though it is hidden"),
    HowRead.REPEATED: mark("says what another part says"),
    HowRead.NOT_READ: mark("not read"),
    HowRead.EMPTY: mark("no text in it"),
}
_REASONS: dict[WhyUnread, str] = {
    WhyUnread.PICTURE: mark("a picture"),
    WhyUnread.NO_RECOGNIZER: mark("a picture, and no text recognition is installed"),
    WhyUnread.ENCRYPTED: mark("encrypted"),
    WhyUnread.DAMAGED: mark("damaged"),
    WhyUnread.MISSING: mark("named in the file, but not there"),
    WhyUnread.OUTSIDE: mark("outside of the file"),
    WhyUnread.HIDDEN: mark("hidden"),
    WhyUnread.LEFT_OUT: mark("left out on purpose"),
    WhyUnread.UNSUPPORTED: mark("of a kind that can't be read"),
    WhyUnread.TOO_LARGE: mark("too large"),
    WhyUnread.OUT_OF_TIME: mark("not reached in time"),
    WhyUnread.LOST: mark("its text could not be taken out"),
}
_SENTENCES: dict[WhyUnread, tuple[str, str]] = {
    WhyUnread.PICTURE: (
        mark("{0} is a picture, and no text could be recognized in it."),
        mark("{0} are pictures, and no text could be recognized in them."),
    ),
    WhyUnread.NO_RECOGNIZER: (
        mark("{0} is a picture and could not be read: no text recognition is installed (install Tesseract)."),
        mark("{0} are pictures and could not be read: no text recognition is installed (install Tesseract)."),
    ),
    WhyUnread.ENCRYPTED: (
        mark("{0} was not read: it is encrypted."),
        mark("{0} were not read: they are encrypted."),
    ),
    WhyUnread.DAMAGED: (
        mark("{0} could not be read: it is damaged."),
        mark("{0} could not be read: they are damaged."),
    ),
    WhyUnread.MISSING: (
        mark("{0} could not be read: the file names it, but does not hold it."),
        mark("{0} could not be read: the file names them, but does not hold them."),
    ),
    WhyUnread.OUTSIDE: (
        mark("{0} was not read: it lies outside of the file."),
        mark("{0} were not read: they lie outside of the file."),
    ),
    WhyUnread.HIDDEN: (
        mark("{0} was not read: it is hidden."),
        mark("{0} were not read: they are hidden."),
    ),
    WhyUnread.LEFT_OUT: (
        mark("{0} was left out: it does not belong to the text."),
        mark("{0} were left out: they do not belong to the text."),
    ),
    WhyUnread.UNSUPPORTED: (
        mark("{0} was not read: it is of a kind that can't be read."),
        mark("{0} were not read: they are of a kind that can't be read."),
    ),
    WhyUnread.TOO_LARGE: (
        mark("{0} was not read whole: it is too large."),
        mark("{0} were not read whole: they are too large."),
    ),
    WhyUnread.OUT_OF_TIME: (
        mark("{0} was not read: reading what comes before it took all the time there is for a file."),
        mark("{0} were not read: reading what comes before them took all the time there is for a file."),
    ),
    WhyUnread.LOST: (
        mark("{0} holds text that could not be taken out."),
        mark("{0} hold text that could not be taken out."),
    ),
}
_SENTENCES_OF_PICTURES: dict[WhyUnread, tuple[str, str]] = {
    WhyUnread.PICTURE: (mark("What {0} shows was not read."), mark("What {0} show was not read.")),
    WhyUnread.NO_RECOGNIZER: (
        mark("{0} was not read: no text recognition is installed (install Tesseract)."),
        mark("{0} were not read: no text recognition is installed (install Tesseract)."),
    ),
}
"""In place of the others, which would say of a picture that it is one."""
