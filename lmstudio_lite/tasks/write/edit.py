"""A text made other: shorter, longer, correct, in other words. Each paragraph by itself, all at once.

What no attempt did well stays as it was, and is counted: a small model that copies, changes a number or
answers a text in place of correcting it changes nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import regex
from rapidfuzz import fuzz

from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import AdapterUse, ChatPrompt, Message, Priority, Role, Sampling
from lmstudio_lite.domain.writing import (
    DiffPiece,
    EditedText,
    EditKind,
    EditProgress,
    Fault,
    Finding,
    Mark,
)
from lmstudio_lite.tasks.generate.attempts import (
    Attempt,
    Part,
    PartsProgress,
    generate_parts,
    wait_for_model,
)
from lmstudio_lite.tasks.prompts import fenced, language_name
from lmstudio_lite.tasks.text.languages import SURE_LETTERS, is_in_another_language
from lmstudio_lite.tasks.text.overlap import has_loop
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.text.talk import without_opening
from lmstudio_lite.tasks.text.tokens import tokenize
from lmstudio_lite.tasks.write.asking import edit_examples, edit_table
from lmstudio_lite.tasks.write.diff import diff_pieces
from lmstudio_lite.tasks.write.paragraphs import split_parts

Report = Callable[[EditProgress], None]

_FIGURES = regex.compile(r"\p{Nd}+(?:[.,:/-]\p{Nd}+)*")
_FEWEST_WORDS = 6
"""A heading or a name of fewer words is not made shorter, longer or other."""
_CORRECTED_ALIKE = 60.0
_TOKENS_A_CHARACTER = 0.9
_TOKENS_MORE = 80
_QUOTES = (('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("「", "」"), ("'", "'"))


@dataclass(frozen=True, slots=True)
class EditWish:
    """What is to be done. ``language`` (ISO 639-1) is that of an explanation, "" the text's own."""

    kind: EditKind
    tone: str = ""
    language: str = ""


def edit(
    text: str,
    wish: EditWish,
    *,
    engine: EngineClient,
    report: Report,
    cancellation: Cancellation,
    adapters: tuple[AdapterUse, ...] = (),
) -> EditedText:
    """Do it; waits. A translation is ``tasks.translate``'s affair, with its checks of every sentence.

    Raises:
        CancelledError: cancelled; nothing is changed.
        ModelError, EngineError: the model can't answer, or an explanation's text is too long for it.
    """
    wait_for_model(engine, cancellation)
    if wish.kind is EditKind.EXPLAIN:
        return _explain(text, wish, engine, report, cancellation, adapters)
    parts = split_parts(text)
    places = [
        number for number, part in enumerate(parts) if part.is_prose and _is_worth(part.text, wish.kind)
    ]
    asked = [_part(parts[place].text, wish) for place in places]

    def tell(progress: PartsProgress) -> None:
        shown = dict(zip(places, progress.texts, strict=True))
        so_far = "".join(shown.get(number) or part.text for number, part in enumerate(parts))
        report(EditProgress(progress.num_done, progress.num_total, so_far))

    priority = Priority.INTERACTIVE if len(asked) <= 2 else Priority.BULK
    results = generate_parts(
        engine, asked, report=tell, cancellation=cancellation, priority=priority, adapters=adapters
    )
    texts = [part.text for part in parts]
    num_kept = 0
    for place, result in zip(places, results, strict=True):
        is_good = result.problem is None and result.text
        texts[place] = result.text if is_good else parts[place].text
        num_kept += not is_good
    pieces = _pieces_of([part.text for part in parts], texts, set(places))
    return EditedText(wish.kind, text, "".join(texts), pieces, num_kept, len(places))


def edited(kind: EditKind, before: str, after: str) -> EditedText:
    """Return an edit that somebody else made, with its pieces."""
    return EditedText(kind, before, after, diff_pieces(before, after), 0, 1)


def _pieces_of(before: list[str], after: list[str], places: set[int]) -> tuple[DiffPiece, ...]:
    """Return the pieces of a text whose parts are known to belong to each other.

    White space and code between the parts are gaps and unchanged pieces, so that they stay.
    """
    pieces: list[DiffPiece] = []
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        if number in places and old != new:
            pieces += diff_pieces(old, new)
        elif old.strip():
            pieces.append(DiffPiece(old.strip(), old.strip(), runs=((Mark.SAME, old.strip()),)))
            lead, tail = old[: len(old) - len(old.lstrip())], old[len(old.rstrip()) :]
            _add_gap(pieces, lead, -2)
            _add_gap(pieces, tail, -1)
        else:
            _add_gap(pieces, old, -1)
    return tuple(pieces)


def _add_gap(pieces: list[DiffPiece], gap: str, place: int) -> None:
    """Put white space behind the piece at ``place``; before the first one it is the text's own beginning."""
    if not gap or len(pieces) < -place:
        return
    piece = pieces[place]
    pieces[place] = DiffPiece(
        piece.before, piece.after, piece.gap_before + gap, piece.gap_after + gap, piece.runs
    )


def _is_worth(text: str, kind: EditKind) -> bool:
    return kind is EditKind.CORRECT or len(tokenize(text)) >= _FEWEST_WORDS


def _part(text: str, wish: EditWish) -> Part:
    """Return a paragraph's request, with a second way of asking."""
    language = detect_language(text)
    max_tokens = round(_length_share(wish.kind) * _TOKENS_A_CHARACTER * len(text)) + _TOKENS_MORE
    is_exact = wish.kind is EditKind.CORRECT
    attempts = (
        Attempt(_prompt(text, wish, language), Sampling(temperature=0.0 if is_exact else 0.4), max_tokens),
        Attempt(
            _prompt(text, wish, language, is_again=True),
            Sampling(temperature=0.2 if is_exact else 0.8),
            max_tokens,
        ),
    )
    return Part(attempts, partial(_problem, text, wish.kind, language), clean=partial(_clean, text))


def _length_share(kind: EditKind) -> float:
    return {EditKind.EXPAND: 3.0, EditKind.SHORTEN: 0.9}.get(kind, 1.3)


def _prompt(text: str, wish: EditWish, language: str, *, is_again: bool = False) -> ChatPrompt:
    table = edit_table()
    asked = [table[wish.kind.value]]
    if wish.tone.strip():
        asked.append(table["tone"].format(tone=wish.tone.strip()))
    if language:
        asked.append(table["language"].format(language=language_name(language)))
    instruction = " ".join(asked)
    messages = [Message(Role.SYSTEM, table["system"])]
    for before, after in [] if is_again else edit_examples(wish.kind.value):
        messages.append(Message(Role.USER, f"{fenced(before)}\n\n{table[wish.kind.value]}"))
        messages.append(Message(Role.ASSISTANT, after))
    before_text = f"{instruction}\n\n" if is_again else ""
    messages.append(Message(Role.USER, f"{before_text}{fenced(text)}\n\n{instruction}"))
    return ChatPrompt(tuple(messages))


def _problem(source: str, kind: EditKind, language: str, raw: str, is_whole: bool) -> Problem | None:
    """Say why a paragraph is of no use, None where nothing is found."""
    text = _clean(source, raw)
    if has_loop(text) and not has_loop(source):
        return Problem.LOOP
    if not is_whole:
        return None
    if not text:
        return Problem.EMPTY
    if is_in_another_language(text, language, SURE_LETTERS):
        return Problem.WRONG_LANGUAGE
    known = set(_FIGURES.findall(source))
    new = set(_FIGURES.findall(text))
    if new - known or (kind in (EditKind.REWRITE, EditKind.CORRECT) and known - new):
        return Problem.VALUES
    return _length_problem(source, text, kind)


def _length_problem(source: str, text: str, kind: EditKind) -> Problem | None:
    share = len(text) / max(1, len(source))
    match kind:
        case EditKind.CORRECT:
            is_other = fuzz.ratio(source, text) < _CORRECTED_ALIKE and len(source) > 20
            return Problem.ADDED if is_other or share > 1.6 else Problem.OMITTED if share < 0.6 else None
        case EditKind.SHORTEN:
            return Problem.ODD_LENGTH if share > 0.9 else None
        case EditKind.EXPAND:
            return Problem.ODD_LENGTH if share < 1.15 else None
        case EditKind.REWRITE:
            if text.casefold() == source.casefold():
                return Problem.ECHO
            return Problem.ODD_LENGTH if share > 1.8 or share < 0.5 else None
    return None


def _clean(source: str, raw: str) -> str:
    """Return the new text without what is said before it and without marks that the source has not."""
    text = without_opening(raw.strip()).strip()
    text = regex.sub(r'\A"{3,}\s*|\s*"{3,}\Z', "", text)
    for opening, closing in _QUOTES:
        is_quoted = text.startswith(opening) and text.endswith(closing) and len(text) > 2
        if is_quoted and not source.startswith(opening):
            text = text[1:-1]
    if "\n" not in source.strip():
        text = " ".join(text.split("\n\n")) if text.count("\n\n") else text
    return text.strip()


def _explain(
    text: str,
    wish: EditWish,
    engine: EngineClient,
    report: Report,
    cancellation: Cancellation,
    adapters: tuple[AdapterUse, ...],
) -> EditedText:
    table = edit_table()
    language = wish.language or detect_language(text)
    asked = " ".join(
        filter(
            None,
            (
                table["explain"],
                table["tone"].format(tone=wish.tone) if wish.tone else "",
                table["explain_language"].format(language=language_name(language)) if language else "",
            ),
        )
    )
    prompt = ChatPrompt(
        (
            Message(Role.SYSTEM, table["explain_system"]),
            Message(Role.USER, f"{fenced(text)}\n\n{asked}"),
        )
    )

    def problem(raw: str, is_whole: bool) -> Problem | None:
        if has_loop(raw):
            return Problem.LOOP
        if is_whole and not raw.strip():
            return Problem.EMPTY
        is_other = is_whole and is_in_another_language(raw, language, SURE_LETTERS)
        return Problem.WRONG_LANGUAGE if is_other else None

    part = Part(
        tuple(Attempt(prompt, Sampling(temperature=warmth), 500) for warmth in (0.3, 0.8)),
        problem,
        clean=lambda raw: without_opening(raw.strip()).strip(),
    )
    (result,) = generate_parts(
        engine,
        [part],
        report=lambda progress: report(EditProgress(progress.num_done, 1, progress.texts[0])),
        cancellation=cancellation,
        priority=Priority.INTERACTIVE,
        adapters=adapters,
    )
    findings = () if result.problem is None else (Finding(_FAULTS.get(result.problem, Fault.CUT_SHORT)),)
    return EditedText(wish.kind, text, result.text, (), 0, 1, findings)


_FAULTS = {
    Problem.LOOP: Fault.LOOP,
    Problem.EMPTY: Fault.EMPTY,
    Problem.WRONG_LANGUAGE: Fault.WRONG_LANGUAGE,
}
