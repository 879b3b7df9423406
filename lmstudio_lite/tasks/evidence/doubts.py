"""What speaks against a sentence, although its passage has its words.

Each clause of the sentence is held against the clause of the passages that shares most of its telling words:
does it deny what that one says, turn "may" into "must", "some" into "all", "rose" into "fell", name a cause
or a number's unit that it has not, or give a date to another event? What finds nothing proves nothing: these
are vetoes, no support. Roles are compared in ``roles``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from lmstudio_lite.domain.evidence import Doubt, DoubtKind
from lmstudio_lite.tasks.evidence.clauses import Clause, Mark, Reader, reader_of
from lmstudio_lite.tasks.evidence.quantities import Quantity, quantities_of
from lmstudio_lite.tasks.evidence.roles import misplaced_title, strange_subject, swapped_roles

_ALIGNED = 0.45
"""Which share of a clause's telling words the other must have before what both say of them is compared."""
_CLAUSE_SHARE = 0.8
_AS_LIKE = 0.75
_MUCH_ALIKE, _FEWEST_ALIKE = 0.6, 3
_SCALES = frozenset({"thousand", "million", "billion", "trillion", "myriad", "hundred_million"})
_NO_MORE = 0.5
_FEWEST_PAIRS = 2
"""Pairs of characters agree by chance; so many of them say as much as one word."""


class Weight(IntEnum):
    """A hint is for the model to settle, a veto is not to be overruled, a contradiction says the opposite."""

    HINT = 1
    VETO = 2
    CONTRADICTION = 3


@dataclass(frozen=True, slots=True)
class Finding:
    doubt: Doubt
    weight: Weight


@dataclass(frozen=True, slots=True)
class _Aligned:
    """A clause of the sentence, the clause of the passages that is most like it, and that one's sentence."""

    clause: Clause
    other: Clause
    sentence: Clause
    around: tuple[str, ...]

    @property
    def coverage(self) -> float:
        return self.clause.coverage_by(self.other)

    @property
    def gravest(self) -> Weight:
        """What it may weigh if both differ: only what is much alike contradicts."""
        is_much = self.coverage >= _MUCH_ALIKE and self.clause.shared_with(self.other) >= _FEWEST_ALIKE
        return Weight.CONTRADICTION if is_much else Weight.VETO


def find_doubts(
    sentence: str, passages: Sequence[str], language: str, alike: Sequence[str] = ()
) -> list[Finding]:
    """Hold ``sentence`` against the sentences of its passages, in one language; the gravest come first.

    What one of its clauses says must be at odds with those that are ``alike`` elsewhere in the text too.
    """
    reader = reader_of(language)
    if not passages or sentence in passages:
        return []
    findings = list(_number_findings(sentence, passages, reader))
    if reader.is_known:
        for likest in _align(sentence, [*passages, *alike], reader):
            findings += _agreed([list(_clause_findings(aligned, reader)) for aligned in likest])
        findings += _cause_findings(sentence, passages, reader)
        findings += _elliptic_findings(sentence, passages, reader)
        findings += [
            Finding(Doubt(DoubtKind.ROLES, passage), Weight.CONTRADICTION)
            for passage in passages
            if any(swapped_roles(sentence, each, reader) for each in _statements(passage, reader))
        ]
        if misplaced_title(sentence, "\n".join(passages), reader):
            findings.append(Finding(Doubt(DoubtKind.ROLES), Weight.CONTRADICTION))
    findings.sort(key=lambda finding: -finding.weight)
    by_kind = {finding.doubt.kind: finding for finding in reversed(findings)}
    return sorted(by_kind.values(), key=lambda finding: -finding.weight)


def _statements(passage: str, reader: Reader) -> list[str]:
    """Return the sentence, and its clauses where a name may stand in several."""
    return [passage, *(clause.text for clause in reader.clauses(passage))]


def _align(sentence: str, passages: Sequence[str], reader: Reader) -> Iterator[list[_Aligned]]:
    """Yield for each clause of the sentence what in the passages is nearly as like it as the likest is.

    A clause of a passage stands for its sentence, unless the sentence has much more of the clause's words.
    """
    whole = [reader.sentence(passage) for passage in passages]
    around = tuple(part.text for passage in passages for part in reader.clauses(passage))
    for clause in reader.clauses(sentence, _FEWEST_ALIKE):
        if not clause.features or not whole:
            continue
        likest = []
        for each in whole:
            best = max(reader.clauses(each.text), key=lambda part: _likeness(clause, part))
            if clause.coverage_by(best) < _CLAUSE_SHARE * clause.coverage_by(each):
                best = each
            likest.append(_Aligned(clause, best, each, around))
        highest = max(aligned.coverage for aligned in likest)
        if highest >= _ALIGNED:
            yield [aligned for aligned in likest if aligned.coverage >= _AS_LIKE * highest]


def _agreed(findings: Sequence[Sequence[Finding]]) -> Iterator[Finding]:
    """Yield what speaks against a clause in all that is like it, as weighty as where it weighs least."""
    by_kind = [{finding.doubt.kind: finding for finding in each} for each in findings]
    for kind in by_kind[0]:
        if all(kind in each for each in by_kind):
            yield min((each[kind] for each in by_kind), key=lambda finding: finding.weight)


def _likeness(clause: Clause, other: Clause) -> tuple[float, float]:
    return clause.coverage_by(other), -float(len(other.features))


def _clause_findings(aligned: _Aligned, reader: Reader) -> Iterator[Finding]:
    clause, other = aligned.clause.text, aligned.other.text
    is_negative, other_negative = reader.is_negative(clause), _denies_it(aligned, reader)
    if is_negative != other_negative:
        affirming, denying = (other, clause) if is_negative else (clause, other)
        is_open = reader.denies(denying, affirming) or reader.has(Mark.QUESTIONS, aligned.sentence.text)
        if not reader.denies(affirming, denying):
            is_open = is_open or _says_it_elsewhere(aligned, is_negative, reader)
            weight = Weight.HINT if is_open else aligned.gravest
            yield Finding(Doubt(DoubtKind.NEGATION, other), weight)
    else:
        yield from _opposite_findings(aligned, reader)
    yield from _subject_findings(aligned, reader)
    yield from _modality_findings(aligned, reader)
    yield from _quantifier_findings(aligned, reader)
    is_bare = _modality(clause, reader) is None and _modality(other, reader) is None
    if (
        is_bare
        and reader.has(Mark.CONDITION, aligned.sentence.text)
        and not reader.has(Mark.CONDITION, clause)
    ):
        yield Finding(Doubt(DoubtKind.CONDITION, aligned.sentence.text), Weight.HINT)


def _denies_it(aligned: _Aligned, reader: Reader) -> bool:
    """Tell whether the passage's clause denies what it shares with the sentence's, and not what it adds."""
    shared = [
        piece.text
        for piece in reader.pieces(aligned.other.text)
        if not piece.features or piece.features & aligned.clause.features
    ]
    return reader.is_negative("".join(shared))


def _says_it_elsewhere(aligned: _Aligned, is_negative: bool, reader: Reader) -> bool:
    """Tell whether another clause of that sentence, as much a denial, has words that this one lacks."""
    missing = aligned.clause.features - aligned.other.features
    return any(
        reader.is_negative(each.text) == is_negative and each.features & missing
        for each in reader.clauses(aligned.sentence.text)
    )


def _elliptic_findings(sentence: str, passages: Sequence[str], reader: Reader) -> Iterator[Finding]:
    """Yield short denials of which the sentence has every word ("in Weimar not at all")."""
    said = reader.sentence(sentence)
    if reader.is_negative(sentence) or reader.denies(sentence):
        return
    pieces = [piece for passage in passages for piece in reader.pieces(passage)]
    for piece in pieces:
        if not piece.features or not piece.features <= said.features or not reader.is_negative(piece.text):
            continue
        if not any(piece.features <= other.features for other in pieces if other is not piece):
            yield Finding(Doubt(DoubtKind.NEGATION, piece.text), Weight.CONTRADICTION)


def _opposite_findings(aligned: _Aligned, reader: Reader) -> Iterator[Finding]:
    clause = aligned.clause.text
    for pairs, weight in ((reader.opposites, Weight.CONTRADICTION), (reader.converses, Weight.HINT)):
        for one, another in pairs:
            for here, there in ((one, another), (another, one)):
                if not here.search(clause) or there.search(clause):
                    continue
                said = next(
                    (each for each in (aligned.other, aligned.sentence) if _has_any(each, here, there)), None
                )
                if said is not None and not here.search(said.text):
                    yield Finding(Doubt(DoubtKind.OPPOSITE, said.text), min(weight, aligned.gravest))


def _has_any(clause: Clause, *patterns: object) -> bool:
    return any(pattern.search(clause.text) for pattern in patterns)  # type: ignore[attr-defined]


def _subject_findings(aligned: _Aligned, reader: Reader) -> Iterator[Finding]:
    is_open = reader.has(Mark.CONDITION, aligned.clause.text)
    if not reader.is_spaced or is_open or aligned.coverage < _NO_MORE:
        return
    others = [each for each in aligned.around if each != aligned.other.text]
    if strange_subject(aligned.clause.text, aligned.other.text, others, reader):
        yield Finding(Doubt(DoubtKind.ROLES, aligned.other.text), Weight.VETO)


def _modality_findings(aligned: _Aligned, reader: Reader) -> Iterator[Finding]:
    clause, other = aligned.clause.text, aligned.other.text
    here, there = _modality(clause, reader), _modality(other, reader)
    if here is Mark.PROHIBITION and there is Mark.PERMISSION and _denies_it(aligned, reader):
        return
    doubt = Doubt(DoubtKind.MODALITY, other)
    opposite = {
        (Mark.PROHIBITION, Mark.PERMISSION),
        (Mark.PROHIBITION, Mark.OBLIGATION),
        (Mark.OBLIGATION, Mark.PROHIBITION),
        (Mark.OBLIGATION, Mark.PERMISSION),
        (Mark.PERMISSION, Mark.PROHIBITION),
    }
    if (here, there) in opposite:
        is_both = reader.denies(clause) or (here is Mark.PERMISSION and reader.is_negative(clause))
        weight = Weight.HINT if is_both else aligned.gravest
        yield Finding(doubt, weight)
    elif (here, there) == (Mark.PERMISSION, Mark.OBLIGATION) or (here is Mark.OBLIGATION and there is None):
        yield Finding(doubt, Weight.HINT)
    elif here is None and reader.has(Mark.POSSIBILITY, other):
        yield Finding(doubt, Weight.VETO if there is Mark.POSSIBILITY else Weight.HINT)
    elif (
        there is Mark.PLAN
        and here is None
        and reader.has(Mark.DONE, clause)
        and not reader.has(Mark.DONE, other)
    ):
        yield Finding(doubt, Weight.VETO)


def _modality(text: str, reader: Reader) -> Mark | None:
    """Return the strongest that ``text`` is marked with; what may and might be is allowed to be."""
    order = (Mark.PROHIBITION, Mark.OBLIGATION, Mark.PERMISSION, Mark.POSSIBILITY, Mark.PLAN)
    return next((mark for mark in order if reader.has(mark, text)), None)


def _quantifier_findings(aligned: _Aligned, reader: Reader) -> Iterator[Finding]:
    clause, around = aligned.clause.text, aligned.sentence.text
    doubt = Doubt(DoubtKind.QUANTIFIER, around)
    if reader.has(Mark.ONLY, clause) and not reader.has(Mark.ONLY, around):
        yield Finding(doubt, Weight.VETO)
    is_most = reader.has(Mark.MOST, clause)
    if reader.has(Mark.ALL, clause) and not is_most and not reader.has(Mark.ALL, aligned.other.text):
        is_less = reader.has(Mark.MOST, around) or reader.has(Mark.SOME, around)
        yield Finding(doubt, aligned.gravest if is_less else Weight.HINT)
    if is_most and reader.has(Mark.SOME, around) and not reader.has(Mark.MOST, around):
        yield Finding(doubt, Weight.VETO)


def _cause_findings(sentence: str, passages: Sequence[str], reader: Reader) -> Iterator[Finding]:
    """Yield that the passages name no cause, or another one."""
    cue = reader.find(Mark.CAUSE, sentence)
    if cue is None:
        return
    with_cause = [
        "\n".join(passages[max(0, place - 1) : place + 2])
        for place, passage in enumerate(passages)
        if any(
            reader.has(Mark.CAUSE, clause.text)
            and (not reader.is_negative(clause.text) or reader.is_negative(sentence))
            for clause in reader.clauses(passage)
        )
    ]
    whole = reader.sentence(sentence)
    likely = [each for each in with_cause if whole.coverage_by(reader.sentence(each)) >= _ALIGNED / 2]
    if not likely:
        best = max(passages, key=lambda each: whole.coverage_by(reader.sentence(each)))
        yield Finding(Doubt(DoubtKind.CAUSE, best), Weight.VETO)
        return
    fewest = 1 if reader.is_spaced else _FEWEST_PAIRS
    sides = [reader.sentence(sentence[: cue.start()]), reader.sentence(sentence[cue.end() :])]
    if not sides[0].features:
        sides = reader.clauses(sentence[cue.end() :])[:1]
    text = reader.sentence("\n".join(likely))
    is_before = reader.has(Mark.BECAUSE, cue[0])
    named = next(iter(reader.telling(sentence[cue.end() :])), "") if is_before else ""
    causal = reader.sentence(
        "\n".join(
            passage
            for passage in passages
            if reader.has(Mark.CAUSE, passage) and passage in "\n".join(likely)
        )
    )
    if named and named not in causal.features:
        yield Finding(Doubt(DoubtKind.CAUSE, likely[0]), Weight.VETO)
        return
    for side in sides:
        if len(side.features) >= fewest and side.shared_with(text) < min(fewest, len(side.features)):
            yield Finding(Doubt(DoubtKind.CAUSE, likely[0]), Weight.VETO)
            return


def _number_findings(sentence: str, passages: Sequence[str], reader: Reader) -> Iterator[Finding]:
    known = [
        (each, clause)
        for passage in passages
        for clause in reader.clauses(passage)
        for each in quantities_of(clause.text, reader.language)
    ]
    own = quantities_of(sentence, reader.language)
    for clause in reader.clauses(sentence):
        for quantity in quantities_of(clause.text, reader.language):
            if not quantity.is_date:
                yield from _unit_findings(quantity, known)
            said = [each for each in own if clause.start <= each.start < clause.start + len(clause.text)]
            yield from _binding_findings(quantity, clause, said, known, reader)


def _unit_findings(quantity: Quantity, known: Sequence[tuple[Quantity, Clause]]) -> Iterator[Finding]:
    same = [(each, clause) for each, clause in known if each.values & quantity.values and not each.is_date]
    if quantity.counted:
        others = [
            (each, clause)
            for each, clause in known
            if each.counted == quantity.counted and not each.values & quantity.values
        ]
        is_of_others = all(each.counted and each.counted != quantity.counted for each, _ in same)
        is_like = any(each.units & quantity.units for each, _ in same)
        if others and is_of_others and not is_like:
            yield Finding(Doubt(DoubtKind.NUMBER, others[0][1].text), Weight.CONTRADICTION)
            return
    if quantity.units - _SCALES and same and all(each.counted and not each.units for each, _ in same):
        yield Finding(Doubt(DoubtKind.UNIT, same[0][1].text), Weight.VETO)
    if same and all(_are_other_units(quantity.units, each.units) for each, _ in same):
        yield Finding(Doubt(DoubtKind.UNIT, same[0][1].text), Weight.CONTRADICTION)


def _are_other_units(one: frozenset[str], another: frozenset[str]) -> bool:
    if not one or not another:
        return False
    scales, other_scales = one & _SCALES, another & _SCALES
    return not one & another or (bool(scales and other_scales) and scales != other_scales)


def _binding_findings(
    quantity: Quantity,
    said: Clause,
    own: Sequence[Quantity],
    known: Sequence[tuple[Quantity, Clause]],
    reader: Reader,
) -> Iterator[Finding]:
    """Yield that the passages say what the clause says with another number or date than it gives.

    ``own`` are all that it gives.
    """
    like = [(each, other) for each, other in known if each.is_date == quantity.is_date]
    within = [other for each, other in like if each.values & quantity.values]
    fewest = 1 if reader.is_spaced else _FEWEST_PAIRS
    if not within or len(said.features) < fewest:
        return
    here = max(said.shared_with(other) for other in within)
    without = [
        other
        for each, other in like
        if not any(each.values & mine.values for mine in own)
        and all(other.text != here.text for here in within)
    ]
    there = max(without, key=said.shared_with, default=None)
    num_there = said.shared_with(there) if there else 0
    kind = DoubtKind.DATE if quantity.is_date else DoubtKind.NUMBER
    is_less = here < _NO_MORE * len(said.features)
    if there is not None and num_there >= here + fewest and is_less:
        weight = Weight.CONTRADICTION if here < fewest else Weight.VETO
        yield Finding(Doubt(kind, there.text), weight)
    elif quantity.is_date and not here and len(said.features) >= 2 * fewest:
        yield Finding(Doubt(kind, within[0].text), Weight.VETO)
