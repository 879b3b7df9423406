"""What each rule of the summaries is worth: the corpus with all rules, and with each of them off in turn.

The bare model is no side here. A rule whose row holds loses no facts by staying; one without which more facts
are held hurts. What the summaries say of false claims stands in the note.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lmstudio_lite.bench.quality.corpus import CorpusDocument
from lmstudio_lite.bench.quality.marked import Marked
from lmstudio_lite.bench.rows import Bound, Row
from lmstudio_lite.bench.setting import Setting
from lmstudio_lite.tasks.summarize.rules import ALL_RULES, RULES, Rule, RuleSet

IN_TURN = "all-in-turn"
WORTH = Bound(1.0)
"""At most as many facts without the rule as with it."""

Summarize = Callable[[CorpusDocument, RuleSet], Marked]


def rule_lines() -> list[dict[str, object]]:
    """Return the rules as plain values: ``rule``, ``why``, and ``languages``, empty where it is for all."""
    return [{"rule": rule.key, "why": rule.why, "languages": list(rule.languages)} for rule in RULES.values()]


def rules_without(names: Sequence[str]) -> RuleSet:
    """Return all rules but these; raises ``KeyError`` for a name that is none."""
    return RuleSet(frozenset(RULES[name] for name in names))


def in_turn(setting: Setting, documents: Sequence[CorpusDocument], summarize: Summarize) -> list[Row]:
    """Return a row for each rule that changed a summary: the facts held without it against those with it.

    ``summarize`` must give the same text for the same rules, or rounding passes for a rule's doing.
    """
    changed: dict[Rule, list[tuple[Marked, Marked]]] = {rule: [] for rule in Rule}
    for number, document in enumerate(documents, start=1):
        place = f"{document.name}, {number} of {len(documents)}"
        setting.say(f"{place}: all rules")
        full = summarize(document, ALL_RULES)
        setting.tell(_line(document, full, []))
        for rule in Rule:
            setting.say(f"{place}: without {rule.key}")
            less = summarize(document, RuleSet(frozenset({rule})))
            setting.tell(_line(document, less, [rule.key]) | {"is_changed": less.text != full.text})
            if less.text != full.text:
                changed[rule].append((less, full))
    return [_row(rule, pairs, len(documents)) for rule, pairs in changed.items() if pairs]


def _line(document: CorpusDocument, marked: Marked, without: list[str]) -> dict[str, object]:
    return {"document": document.name, "without": without, "summary": marked.as_json()}


def _row(rule: Rule, pairs: Sequence[tuple[Marked, Marked]], num_documents: int) -> Row:
    less, full = (_means([pair[side] for pair in pairs]) for side in (0, 1))
    ratio = less["facts"] / full["facts"] if full["facts"] else None
    holds = WORTH.holds(ratio) if ratio is not None else not less["facts"]
    note = (
        f"{len(pairs)} of {num_documents} texts changed; without it false claims {less['false']:.2f}, "
        f"with it {full['false']:.2f}"
    )
    return Row(f"quality-without-{rule.key}", less["facts"], full["facts"], ratio, WORTH, holds, note=note)


def _means(marked: Sequence[Marked]) -> Mapping[str, float]:
    return {
        "facts": sum(each.marks.facts for each in marked) / len(marked),
        "false": sum(each.marks.false_claims for each in marked) / len(marked),
    }
