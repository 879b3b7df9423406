"""Each rule off in turn: which rules get a row, and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmstudio_lite.bench.quality.corpus import CorpusDocument, read_corpus
from lmstudio_lite.bench.quality.marked import Marked
from lmstudio_lite.bench.quality.scores import mark
from lmstudio_lite.bench.quality.without import in_turn, rule_lines, rules_without
from lmstudio_lite.bench.setting import QUICK, Setting
from lmstudio_lite.tasks.summarize.rules import ALL_RULES, Rule, RuleSet


def test_rules_are_found_by_their_names() -> None:
    assert rules_without(()) == ALL_RULES
    assert rules_without(("echo", "loop")).disabled_rules == {Rule.ECHO, Rule.LOOP}
    with pytest.raises(KeyError):
        rules_without(("ecko",))
    assert {line["rule"] for line in rule_lines()} == {rule.key for rule in Rule}


def test_a_row_for_each_rule_that_changed_a_text() -> None:
    told: list[object] = []
    model = Path("none.gguf")
    setting = Setting(model, None, None, Path(), QUICK, lambda _: None, tell=told.append)
    documents = read_corpus(("en-ferry-news",))

    def summarize(document: CorpusDocument, rules: RuleSet) -> Marked:
        text = document.text[:600]
        if Rule.ECHO not in rules:
            text = document.text[:1200]
        elif Rule.LOOP not in rules:
            text = "Nothing is said."
        return Marked(document, mark(text, document), text, 0.0)

    rows = {row.measure: row for row in in_turn(setting, documents, summarize)}
    assert list(rows) == ["quality-without-loop", "quality-without-echo"]
    assert rows["quality-without-loop"].holds
    assert not rows["quality-without-echo"].holds
    assert len(told) == 1 + len(Rule)
    assert [line["without"] for line in told[:2] if isinstance(line, dict)] == [[], ["too-short"]]
