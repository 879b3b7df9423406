"""Everything that may be wrong with the translation of one segment, gravest first.

Each check is a module of its own and errs on the side of silence: a reviewer who finds nine false alarms
among ten does not look at the tenth. ``docs/translation.md`` has how many planted faults are found, and how
many good translations are flagged. What several segments must be held against each other for is in
``names``; what only the making of a translation tells (given up marks, the memory) is flagged there.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.domain.translations import Flag, FlagKind
from lmstudio_lite.tasks.text.overlap import has_loop
from lmstudio_lite.tasks.translate.amounts import changed_amount
from lmstudio_lite.tasks.translate.carried import changed_value
from lmstudio_lite.tasks.translate.figures import changed_figure
from lmstudio_lite.tasks.translate.glossary import TermIndex, target_of
from lmstudio_lite.tasks.translate.lengths import (
    adds_sentences,
    extent_of,
    has_odd_length,
    says_less,
    says_more,
)
from lmstudio_lite.tasks.translate.lone_words import kept_words
from lmstudio_lite.tasks.translate.negation import changed_negation
from lmstudio_lite.tasks.translate.obedience import answers, leaks_example, loses_order, obeys
from lmstudio_lite.tasks.translate.tongue import (
    has_leftovers,
    is_echo,
    is_in_wrong_language,
    untranslated_words,
)

_RANKS = {kind: rank for rank, kind in enumerate(FlagKind)}


def find_flags(
    source: str,
    text: str,
    *,
    source_language: str,
    target_language: str,
    terms: Sequence[Term] = (),
    max_characters: int | None = None,
    stay: Sequence[str] = (),
) -> tuple[Flag, ...]:
    """Return what is wrong with ``text`` as a translation of ``source``, each kind once, gravest first.

    Languages are ISO 639-1, ``source_language`` may be "". ``terms`` are those of the glossaries in use,
    ``max_characters`` what the segment's place can take, ``stay`` words of it that are to stay as they are.
    Where nothing is translated at all (empty, an echo,
    another language) nothing else is looked for. Any thread.
    """
    whole = _flag_of_whole(source, text, source_language, target_language)
    if whole:
        found = [whole]
    else:
        index = _index(tuple(terms), source_language, target_language)
        wanted = [*stay, *(target_of(each.term) for each in index.find(source))] if terms else stay
        found = list(_flags(source, text, source_language, target_language, wanted))
        found += _flags_of_terms(source, text, index) if terms else ()
    if max_characters is not None and len(text) > max_characters:
        found.append(Flag(FlagKind.TOO_LONG, str(max_characters)))
    return tuple(sorted(found, key=lambda flag: _RANKS[flag.kind]))


@functools.lru_cache(maxsize=4)
def _index(terms: tuple[Term, ...], source_language: str, target_language: str) -> TermIndex:
    """Return the index of the terms of one document; making it takes longer than one look into it."""
    return TermIndex(terms, source_language, target_language)


def _flags_of_terms(source: str, text: str, index: TermIndex) -> Iterator[Flag]:
    if missing := index.missing(source, text):
        yield Flag(FlagKind.TERM, target_of(missing[0]))
    if forbidden := index.forbidden(source, text):
        yield Flag(FlagKind.FORBIDDEN_TERM, forbidden[0].target)


def _flag_of_whole(source: str, text: str, source_language: str, target_language: str) -> Flag | None:
    if source.strip() and not text.strip():
        return Flag(FlagKind.EMPTY)
    if has_loop(text) and not has_loop(source):
        return Flag(FlagKind.LOOP)
    if source_language == target_language:
        return None
    if is_echo(source, text):
        return Flag(FlagKind.ECHO)
    if is_in_wrong_language(source, text, source_language, target_language):
        return Flag(FlagKind.WRONG_LANGUAGE)
    return None


def _flags(
    source: str, text: str, source_language: str, target_language: str, stay: Sequence[str]
) -> Iterator[Flag]:
    if obeys(source, text):
        yield Flag(FlagKind.OBEYED)
    elif answers(source, text) or loses_order(source, text, target_language):
        yield Flag(FlagKind.ANSWERED)
    if leaks_example(source, text, source_language, target_language):
        yield Flag(FlagKind.LEAK)
    extent = extent_of(source, text, source_language, target_language)
    if adds_sentences(source, text) or (extent is not None and says_more(extent, target_language)):
        yield Flag(FlagKind.ADDED)
    if extent is not None and says_less(extent, source_language):
        yield Flag(FlagKind.OMITTED)
    if has_leftovers(text, target_language):
        yield Flag(FlagKind.LEFTOVER)
    words = untranslated_words(source, text, source_language, target_language)
    words = words or kept_words(source, text, source_language, target_language, stay)
    if words:
        yield Flag(FlagKind.UNTRANSLATED, words)
    if (value := changed_value(text, source)) is not None:
        yield Flag(FlagKind.VALUES, value)
    figure = changed_figure(text, source, source_language, target_language)
    if figure is None:
        figure = changed_amount(source, text, source_language, target_language)
    if figure is not None:
        yield Flag(FlagKind.NUMBER, figure)
    negation = changed_negation(source, text, source_language, target_language)
    if negation is not None:
        yield Flag(FlagKind.NEGATION, negation)
    if has_odd_length(source, text, source_language, target_language):
        yield Flag(FlagKind.ODD_LENGTH)
