"""Writing with the model as values: what is asked for, what came of it, what is still wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

WORDS_MIN, WORDS_MAX = 10, 3_000
"""How long a text may be asked for, in words (in characters for Chinese and Japanese)."""
SEO_TITLE_MAX, SEO_DESCRIPTION_MAX = 60, 155
"""Characters that search engines show of a page's title and of its description."""


class Preset(StrEnum):
    """The kinds of texts that the program knows how to ask for and how to check."""

    ARTICLE = "article"
    NEWS = "news"
    AD = "ad"
    EMAIL = "email"
    SEO = "seo"
    STORY = "story"
    POEM = "poem"
    CODE = "code"
    QUIZ = "quiz"
    TUTOR = "tutor"
    INTERVIEW = "interview"

    @property
    def is_conversation(self) -> bool:
        """Whether it is a part that the model plays in a chat, and no text."""
        return self in (Preset.TUTOR, Preset.INTERVIEW)

    @property
    def takes_words(self) -> bool:
        """Whether its length can be asked for."""
        return not self.is_conversation and self not in (Preset.SEO, Preset.CODE, Preset.QUIZ)


class EditKind(StrEnum):
    """What can be done with a text that is there."""

    REWRITE = "rewrite"
    SHORTEN = "shorten"
    EXPAND = "expand"
    CORRECT = "correct"
    TRANSLATE = "translate"
    EXPLAIN = "explain"

    @property
    def is_change(self) -> bool:
        """Whether the result takes the text's place, and does not only speak of it."""
        return self is not EditKind.EXPLAIN


@dataclass(frozen=True, slots=True)
class Brief:
    """What to write. ``text`` is in the user's words; ``words`` 0 is the preset's own length.

    ``language`` is ISO 639-1, "" that of ``text``. ``before`` is the version that this one is to be
    another length of: ``resize`` below 1 asks for a shorter one, above for a longer one.
    """

    preset: Preset
    text: str
    tone: str = ""
    words: int = 0
    audience: str = ""
    language: str = ""
    before: str = ""
    resize: float = 1.0


class Fault(StrEnum):
    """What is wrong with a written text, the lightest first (``rank``)."""

    PLACEHOLDER = "placeholder"
    LONGER = "longer"
    SHORTER = "shorter"
    TITLE_LONG = "title_long"
    DESCRIPTION_LONG = "description_long"
    NO_TITLE = "no_title"
    NO_SUBJECT = "no_subject"
    NO_GREETING = "no_greeting"
    NO_CLOSING = "no_closing"
    FEW_PARAGRAPHS = "few_paragraphs"
    NO_VERSES = "no_verses"
    FEW_QUESTIONS = "few_questions"
    SAME_QUESTIONS = "same_questions"
    SYNTAX = "syntax"
    NO_CODE = "no_code"
    NO_PARTS = "no_parts"
    CUT_SHORT = "cut_short"
    CHANGED_NUMBERS = "changed_numbers"
    UNCHANGED = "unchanged"
    LEAK = "leak"
    ECHO = "echo"
    WRONG_LANGUAGE = "wrong_language"
    LOOP = "loop"
    EMPTY = "empty"

    @property
    def rank(self) -> int:
        """How bad it is, from 0."""
        return list(Fault).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault with its numbers: ``found`` of ``wanted`` words, characters or questions; ``words`` name it."""

    fault: Fault
    found: int = 0
    wanted: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A text that was written. ``num_words`` are its own, ``num_attempts`` how often it was asked for."""

    text: str
    findings: tuple[Finding, ...] = ()
    num_attempts: int = 1
    num_words: int = 0
    language: str = ""


@dataclass(frozen=True, slots=True)
class ComposedText:
    """A version that is kept; ``number`` is its place among all of them, 0 where it has none yet."""

    brief: Brief
    text: str
    findings: tuple[Finding, ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True)
class WritingProgress:
    """The text so far of attempt number ``attempt`` (from 1)."""

    text: str
    attempt: int


@dataclass(frozen=True, slots=True)
class EditProgress:
    """``num_done`` of ``num_total`` paragraphs are ready; ``text`` is the whole as far as it goes."""

    num_done: int
    num_total: int
    text: str


@dataclass(frozen=True, slots=True)
class EditedText:
    """What an edit came to. ``num_kept`` of ``num_total`` paragraphs stayed: no attempt was good enough.

    ``pieces`` are the differences, empty for an explanation, which is no other wording of the text.
    """

    kind: EditKind
    before: str
    text: str
    pieces: tuple[DiffPiece, ...] = ()
    num_kept: int = 0
    num_total: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def num_changes(self) -> int:
        return sum(piece.is_change for piece in self.pieces)


class Mark(StrEnum):
    """What a run of words is in a difference."""

    SAME = "same"
    OUT = "out"
    IN = "in"


@dataclass(frozen=True, slots=True)
class DiffPiece:
    """A sentence, or a run of unchanged ones, before and after; "" where it is only on one side.

    ``gap_before`` and ``gap_after`` are the white space behind it on either side. ``runs`` are its words
    with what each is, for a reader who sees both in one.
    """

    before: str
    after: str
    gap_before: str = ""
    gap_after: str = ""
    runs: tuple[tuple[Mark, str], ...] = ()

    @property
    def is_change(self) -> bool:
        return self.before != self.after


class Grade(StrEnum):
    """How an answer stands; ``UNSURE`` where the model contradicts itself about it."""

    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class QuizQuestion:
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Graded:
    """``reason`` is the model's in one sentence, "" where the words agree and nobody was asked."""

    grade: Grade
    reason: str = ""


@dataclass(frozen=True, slots=True)
class QuizAnswer:
    """What was answered to a question, "" where it was skipped, and how that was graded."""

    text: str
    grade: Grade
    reason: str = ""


@dataclass(frozen=True, slots=True)
class QuizProgress:
    """The first questions' answers, and what is typed for the next one."""

    answers: tuple[QuizAnswer, ...] = ()
    typed: str = ""
