"""What is said of writing: presets and edits by their names, what is wrong with a text, grades."""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.domain.prompts import PromptsBroughtIn
from lmstudio_lite.domain.writing import (
    SEO_DESCRIPTION_MAX,
    SEO_TITLE_MAX,
    EditedText,
    EditKind,
    EditProgress,
    Fault,
    Finding,
    Grade,
    Preset,
    QuizAnswer,
    QuizQuestion,
    WritingProgress,
    Written,
)
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.saying import Details, Explanation, Wording
from lmstudio_lite.words.translate import mark, tr, trn

_PRESETS = {
    Preset.ARTICLE: mark("Article"),
    Preset.NEWS: mark("News item"),
    Preset.AD: mark("Advertisement"),
    Preset.EMAIL: mark("E-mail"),
    Preset.SEO: mark("Title and description for search engines"),
    Preset.STORY: mark("Story"),
    Preset.POEM: mark("Poem"),
    Preset.CODE: mark("Code"),
    Preset.QUIZ: mark("Quiz"),
    Preset.TUTOR: mark("Tutor"),
    Preset.INTERVIEW: mark("Interview"),
}
_TAKES = {
    Preset.ARTICLE: mark("what it is about, and what must be in it"),
    Preset.NEWS: mark("who did what, when and where; numbers and names"),
    Preset.AD: mark("what is offered, to whom, and what the reader is to do"),
    Preset.EMAIL: mark("to whom, why, and what you want"),
    Preset.SEO: mark("what the page offers, and whom it is for"),
    Preset.STORY: mark("who, where, and what goes wrong"),
    Preset.POEM: mark("a subject or a mood"),
    Preset.CODE: mark("what the program is to do, and in which language"),
    Preset.QUIZ: mark("a subject, or a text to ask about"),
    Preset.TUTOR: mark("what you want to learn, and what you know already"),
    Preset.INTERVIEW: mark("what you are to be asked about, and for which purpose"),
}
_EDITS = {
    EditKind.REWRITE: mark("Rewrite"),
    EditKind.SHORTEN: mark("Shorten"),
    EditKind.EXPAND: mark("Expand"),
    EditKind.CORRECT: mark("Correct"),
    EditKind.TRANSLATE: mark("Translate"),
    EditKind.EXPLAIN: mark("Explain"),
}
_GRADES = {
    Grade.RIGHT: mark("Right."),
    Grade.PARTLY: mark("Partly right."),
    Grade.WRONG: mark("Wrong."),
    Grade.UNSURE: mark("The model can't tell: compare your answer with the one below."),
}
_FAULTS = {
    Fault.PLACEHOLDER: mark("To be filled in by you: {words}"),
    Fault.LONGER: mark("{found} words, about {wanted} were wanted"),
    Fault.SHORTER: mark("only {found} words, about {wanted} were wanted"),
    Fault.TITLE_LONG: mark("the title has {found} characters, at most {wanted} are shown"),
    Fault.DESCRIPTION_LONG: mark("the description has {found} characters, at most {wanted} are shown"),
    Fault.NO_TITLE: mark("it has no title"),
    Fault.NO_SUBJECT: mark("it has no subject line"),
    Fault.NO_GREETING: mark("it has no greeting"),
    Fault.NO_CLOSING: mark("it has no closing line"),
    Fault.FEW_PARAGRAPHS: mark("it has {found} paragraphs, at least {wanted} were wanted"),
    Fault.NO_VERSES: mark("it is not in verses"),
    Fault.FEW_QUESTIONS: mark("it has {found} questions, {wanted} were wanted"),
    Fault.SAME_QUESTIONS: mark("some questions ask for the same"),
    Fault.SYNTAX: mark("the code can't be parsed: {words}"),
    Fault.NO_CODE: mark("it has no code"),
    Fault.NO_PARTS: mark("it is not one title and one description"),
    Fault.CUT_SHORT: mark("it breaks off at the longest length"),
    Fault.CHANGED_NUMBERS: mark("it has other numbers: {words}"),
    Fault.UNCHANGED: mark("nothing is different"),
    Fault.LEAK: mark("it repeats what it was asked"),
    Fault.ECHO: mark("it mostly copies what you wrote"),
    Fault.WRONG_LANGUAGE: mark("it is in another language"),
    Fault.LOOP: mark("it repeats itself"),
    Fault.EMPTY: mark("the model wrote nothing"),
}


def preset_name(preset: Preset) -> str:
    """Return what a preset is called."""
    return tr(_PRESETS[preset])


def preset_takes(preset: Preset) -> str:
    """Say what a brief for it should have."""
    return tr(_TAKES[preset])


def preset_checks(preset: Preset) -> str:
    """Say what is checked of its result."""
    match preset:
        case Preset.SEO:
            return tr("title at most {0} characters, description at most {1}").format(
                SEO_TITLE_MAX, SEO_DESCRIPTION_MAX
            )
        case Preset.EMAIL:
            return tr("subject, greeting, closing, length, language, blanks")
        case Preset.ARTICLE | Preset.NEWS | Preset.STORY:
            return tr("title, paragraphs, length, language, blanks")
        case Preset.AD:
            return tr("headline, length, language, blanks")
        case Preset.POEM:
            return tr("title is no sentence, short lines, length, language")
        case Preset.CODE:
            return tr("a code block; Python and JSON are parsed, nothing is run")
        case Preset.QUIZ:
            return tr("five questions, none twice, each with an answer")
        case Preset.TUTOR | Preset.INTERVIEW:
            return tr("a conversation; nothing is checked")


def edit_name(kind: EditKind) -> str:
    """Return what an edit is called."""
    return tr(_EDITS[kind])


def say_fault(finding: Finding) -> str:
    """Say one thing that is wrong with a text."""
    return tr(_FAULTS[finding.fault]).format(
        found=f"{finding.found:,}", wanted=f"{finding.wanted:,}", words=finding.words
    )


def say_findings(findings: Sequence[Finding]) -> str:
    """Say all that is wrong with a text in one line, "" where nothing is."""
    said = "; ".join(map(say_fault, findings))
    return said[:1].upper() + said[1:] + "." if said else ""


def say_written(written: Written) -> str:
    """``124 words, all checks passed`` or ``124 words, written twice; still wrong: …``."""
    words = trn("{n} word", "{n} words", written.num_words)
    if not written.findings:
        passed = tr("all checks passed")
        again = tr("at the second attempt") if written.num_attempts > 1 else ""
        return ", ".join(filter(None, (words, passed, again)))
    return tr("{0}. What is still wrong after two attempts: {1}").format(
        words, "; ".join(map(say_fault, written.findings))
    )


def say_writing(progress: WritingProgress | None) -> str:
    """Say how far the writing is."""
    if progress is None or not progress.text:
        return tr("Reading the brief…")
    return tr("Writing…") if progress.attempt == 1 else tr("Writing it once more: a check failed…")


def say_editing(progress: EditProgress | None) -> str:
    """``3 of 12 paragraphs``."""
    if progress is None or progress.num_total <= 1:
        return tr("Working…")
    return tr("{0} of {1} paragraphs").format(progress.num_done, progress.num_total)


def say_edited(edited: EditedText) -> str:
    """``5 changes; 2 of 7 paragraphs stayed as they were: no attempt was good enough``."""
    if not edited.kind.is_change:
        return say_findings(edited.findings)
    said = trn("{n} change", "{n} changes", edited.num_changes) if edited.num_changes else tr("No change")
    if edited.num_kept:
        kept = trn(
            "{n} of {0} paragraphs stayed as it was: no attempt was good enough",
            "{n} of {0} paragraphs stayed as they were: no attempt was good enough",
            edited.num_kept,
        ).format(edited.num_total)
        return tr("{0}; {1}").format(said, kept)
    return said


def say_grade(grade: Grade) -> str:
    """Say how an answer stands."""
    return tr(_GRADES[grade])


def say_answer(number: int, question: QuizQuestion, answer: QuizAnswer) -> str:
    """Return a question with what was answered, its grade, and the quiz's own answer where that differs."""
    given = tr("Your answer: {0}").format(safe_line(answer.text)) if answer.text else tr("Skipped.")
    lines = [f"{number}. {safe_line(question.question)}", given]
    if answer.text:
        lines.append(" ".join(filter(None, (say_grade(answer.grade), answer.reason))))
    if answer.grade is not Grade.RIGHT:
        lines.append(tr("The quiz has: {0}").format(safe_line(question.answer)))
    return "\n".join(lines)


def say_score(grades: Sequence[Grade], num_questions: int) -> str:
    """``3 of 5 right, 1 partly; the model could not tell 1``."""
    num_right, num_partly = grades.count(Grade.RIGHT), grades.count(Grade.PARTLY)
    said = [tr("{0} of {1} right").format(num_right, num_questions)]
    if num_partly:
        said.append(tr("{0} partly").format(num_partly))
    if num_unsure := grades.count(Grade.UNSURE):
        said.append(tr("{0} that the model could not tell").format(num_unsure))
    if num_left := num_questions - len(grades):
        said.append(tr("{0} not answered").format(num_left))
    return ", ".join(said)


def say_brought_in(brought: PromptsBroughtIn) -> str:
    """``3 prompts came in, 2 were here already, 1 has no name or no text``."""
    said = [trn("{n} prompt came in", "{n} prompts came in", brought.num_added)]
    if brought.num_known:
        said.append(trn("{n} was here already", "{n} were here already", brought.num_known))
    if brought.num_refused:
        said.append(trn("{n} has no name or no text", "{n} have no name or no text", brought.num_refused))
    return ", ".join(said)


def _prompt_file(details: Details) -> Explanation:
    return Explanation(
        tr("“{0}” holds no prompts.").format(details.get("path", "")),
        tr("A file of prompts has a table [[prompt]] with name and text for each ({0}).").format(
            details.get("reason", "")
        ),
    )


WORDS: dict[str, Wording] = {"prompt_file": _prompt_file}
