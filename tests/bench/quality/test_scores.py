"""What the marks must find in a summary, and what they must let pass."""

from __future__ import annotations

import pytest
import regex

from lmstudio_lite.bench.quality.claims import false_names, false_negations
from lmstudio_lite.bench.quality.corpus import CorpusDocument, Fact, Trap, TrapKind
from lmstudio_lite.bench.quality.marked import Marked
from lmstudio_lite.bench.quality.measure import rows_of
from lmstudio_lite.bench.quality.numerals import false_numbers
from lmstudio_lite.bench.quality.scores import echo, form, language_of, mark, quoted
from lmstudio_lite.bench.quality.tokens import count_words, first_words

SOURCE = (
    "The ferry Sarabel has a crack in its hull. The repair costs 2.4 million crowns, said Magnus Thorley.\n\n"
    "Nobody was hurt. The insurance does not cover wear of the material. Three ships were looked at.\n\n"
    "Season tickets are valid on the bus. The town council decides soon about a loan of 900,000 crowns."
)
DOCUMENT = CorpusDocument(
    "x",
    "The ferry",
    "en",
    "news",
    SOURCE,
    (Fact(regex.compile("crack")), Fact(regex.compile("2[.,]4 million")), Fact(regex.compile("council"))),
    (Trap(TrapKind.NUMBER, regex.compile("2.4 million"), regex.compile("4.2 million")),),
)


@pytest.mark.parametrize(
    ("summary", "source", "false"),
    [
        ("It costs 4.2 million.", SOURCE, ["4.2"]),
        ("It costs 2,400,000 crowns for 3 ships.", SOURCE, []),
        ("1. The ferry\n2. The bus", SOURCE, []),
        ("It takes 17 minutes.", "It takes seventeen minutes.", []),
        ("Es kostet 1,8 Millionen.", "Kosten: 1.800.000 Kronen", []),
        ("预算为860万元，有30人。", "预算8600000元，三十人。", []),
        ("预算为680万元。", "预算860万元。", ["680"]),
        ("تكلفة ٦٤ دينارا و7 سنوات", "تكلفة 64 دينارا وسبع سنوات", []),
    ],
)
def test_false_numbers(summary: str, source: str, false: list[str]) -> None:
    assert false_numbers(summary, source) == false


@pytest.mark.parametrize(
    ("summary", "source", "language", "false"),
    [
        ("The chair, Magnus Thornton, spoke.", SOURCE, "en", ["Magnus Thornton"]),
        ("The chair, Magnus Thorley, spoke. Repairs follow. Thorley’s board agreed.", SOURCE, "en", []),
        ("Key Points Of The Report", SOURCE, "en", []),
        ("Das sagte Holger Braun.", "Bürgermeister Holger Stein sprach.", "de", ["Holger Braun"]),
        ("Das sagte Holger Stein im Freibad.", "Bürgermeister Holger Stein sprach.", "de", []),
        ("赵明亮局长说，韩秀兰表示担心。", "赵明远说。韩秀兰担心。", "zh", []),
        ("王大海主任表示同意。", "赵明远说。", "zh", ["王大海"]),
        ("قال المهندس كريم", "قال سالم", "ar", ["كريم"]),
    ],
)
def test_false_names(summary: str, source: str, language: str, false: list[str]) -> None:
    assert false_names(summary, source, language) == false


def test_false_negations() -> None:
    assert false_negations("The insurance does cover wear of the material.", SOURCE, "en")
    assert false_negations("Season tickets are not valid on the bus.", SOURCE, "en")
    assert not false_negations("The insurance does not cover wear of the material.", SOURCE, "en")
    assert not false_negations("Season tickets are valid on the bus.", SOURCE, "en")
    source = "1. **An expired entry is never returned.** Its age is checked when it is read."
    assert not false_negations("Its age is checked when it is read.", source, "en")


def test_a_good_summary_and_a_bad_one() -> None:
    good = mark(
        "A crack was found in the hull of the ferry. Repairing it costs 2.4 million crowns. "
        "The council decides about a loan.",
        DOCUMENT,
    )
    assert (good.facts, good.traps, good.false_claims, good.negations) == (1, 0, 0, 0)
    assert good.thirds >= 2 / 3
    assert (good.evidence, good.language, good.form) == (1, 1, 1)
    bad = mark("Sure! Here is a summary: the bridge of Captain Ahab costs 4.2 million. The b", DOCUMENT)
    assert (bad.facts, bad.traps, bad.numbers) == (0, 1, 1)
    assert bad.names == 1
    assert bad.form == 0.5
    assert bad.length < 0.5
    nothing = mark("", DOCUMENT)
    assert (nothing.facts, nothing.length, nothing.form, nothing.echo) == (0, 0, 0, 0)


def test_echo_counts_copied_runs_only() -> None:
    assert echo(SOURCE, SOURCE) == 1
    assert echo("A crack was found in the hull of the ferry that sails there", SOURCE) == 0


def test_a_marked_quotation_is_no_echo_and_false_marks_hide_none() -> None:
    line = "The insurance does not cover wear of the material."
    assert (echo(f"- “{line}”", SOURCE), quoted(f"- “{line}”", SOURCE)) == (0, 1)
    assert echo(f"- {line}", SOURCE) == 1
    assert echo(f"- {line}\n- “{line}”", SOURCE) == pytest.approx(2 / 11)
    invented = "The insurance does not cover wear of the material or the crew."
    assert quoted(f"- “{invented}”", SOURCE) == 0
    assert echo(f"- “{invented}”", SOURCE) > 0.3
    source = "Frau Sommer sagte: „Wir bauen den Steg im Herbst.“ Der Rat war dafür."
    assert quoted("- “Frau Sommer sagte: „Wir bauen den Steg im Herbst.“”", source) == 1
    assert quoted("Sie sagte, „Wir bauen den Steg im Herbst.“", source) == pytest.approx(6 / 8)


def test_form_of_lists() -> None:
    assert form("- one thing\n- another thing\n- a third thing") == 1
    assert form("- One thing.\n- Another thing.\n- A third th") == 0.75
    assert form("It rained. It rained.") == 0.75


def test_languages_and_lengths() -> None:
    assert language_of("Das ist der Bericht und die Folge") == "de"
    assert language_of("البئر في القرية") == "ar"
    assert language_of("青石桥封闭检修") == "zh"
    assert count_words("青石桥封闭检修八") == 5
    assert first_words("One two three. Four five six.", 4) == "One two three."


def test_rows_hold_the_larger_bounds_for_a_model_of_half_a_billion_only() -> None:
    good = Marked(DOCUMENT, mark("A crack. 2.4 million. The council.", DOCUMENT), "", 1.0)
    half = Marked(DOCUMENT, mark("A crack. 4.2 million. The council.", DOCUMENT), "", 1.0)
    facts, false, *rest = rows_of([good], [half], is_half_billion=True)
    assert facts.ratio == pytest.approx(1.5)
    assert (facts.bound.limit, false.bound.limit) == (1.3, 0.3)
    assert facts.holds
    assert false.holds
    assert [row.bound.limit for row in rest] == [1.0] * len(rest)
    worse, more, *_ = rows_of([half], [good], is_half_billion=False)
    assert worse.holds is False
    assert (more.ratio, more.holds) == (None, False)
