"""What a user may ask of a summary: its form, length, language and focus. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

WORDS_MIN, WORDS_MAX, WORDS_DEFAULT = 30, 600, 100


class SummaryForm(StrEnum):
    """The form of the text.

    ``OWN`` is the user's own instruction; ``COMPARISON`` is for a text that ``compare.summaries_document``
    has put together of several summaries.
    """

    BULLETS = "bullets"
    PARAGRAPH = "paragraph"
    ABSTRACT = "abstract"
    BRIEF = "brief"
    OUTLINE = "outline"
    QUOTES = "quotes"
    GLOSSARY = "glossary"
    TIMELINE = "timeline"
    QUESTIONS = "questions"
    NEWCOMER = "newcomer"
    MINUTES = "minutes"
    COMPARISON = "comparison"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class SummaryOptions:
    """How to summarize; it does not change how much is read.

    ``words`` is about how long the text gets. ``language`` is an ISO 639-1 code; "" writes in the
    document's own. ``focus`` names what alone matters ("safety"), "" is everything. ``instruction`` is for
    ``SummaryForm.OWN``. ``variant`` other than 0 asks for another wording of the same. What is no text
    (references, contents, menus) is read too if ``reads_all``.
    """

    form: SummaryForm = SummaryForm.BULLETS
    words: int = WORDS_DEFAULT
    language: str = ""
    focus: str = ""
    instruction: str = ""
    variant: int = 0
    reads_all: bool = False
