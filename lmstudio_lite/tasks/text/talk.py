"""Talk about the text or the task where something of the text was asked for."""

from __future__ import annotations

from collections.abc import Sequence

import regex

_TASK_TALK = regex.compile(
    r"\b(?:original|given|rewritten|rephrased|revised)\s+(?:sentences?|paragraphs?|bullet points?)\b"
    r"|^\W*(?:original |revised |rewritten )?(?:sentence|summary|bullet point)s?\s*\d*\s*:"
    r"|\bthe (?:first |second |last |next )?sentence (?:is|says|reads)\b"
    r"|\b(?:the|these) notes (?:on|about|of|are|say)\b"
    r"|\b(?:ursprünglich|gegeben|umformuliert)e[nrs]?\s+(?:Satz|Sätze|Absatz)\b",
    regex.IGNORECASE | regex.MULTILINE,
)

_EMPTY_TALK = regex.compile(
    r"\A\W*(?:(?:(?:the|this)\s+(?:text|article|document|passage|paper|section|report|author)|it)\s+)?(?:also\s+)?"
    r"(?:provid|giv|contain|includ|offer|present)(?:es?|ed|s|ing)?\s+(?:(?:an?|some|the|detailed|brief|more)\s+){0,3}"
    r"(?:information|details?|overview|insights?|summary|description|discussion|list)\b"
    r"|\A\W*(?:(?:der|dieser|das)\s+(?:text|artikel|abschnitt|dokument|kapitel)|es)\s+"
    r"(?:enthält|bietet|gibt|liefert)\s+(?:\w+\s+){0,2}(?:informationen|überblick|einblicke?|details)\b",
    regex.IGNORECASE,
)
"""Sentences that say that there is something to read, and not what."""


def speaks_of_task(text: str, source: str) -> bool:
    """Tell whether much of ``text`` is about sentences and summaries, which its source is not."""
    num_found = len(_TASK_TALK.findall(text))
    return 3 * num_found > len(text.splitlines()) and not _TASK_TALK.search(source)


def without_empty_talk(sentences: Sequence[str]) -> list[str]:
    """Leave out sentences that only tell what the text is about, unless there are no others."""
    telling = [sentence for sentence in sentences if not _EMPTY_TALK.match(sentence)]
    return telling or list(sentences)
