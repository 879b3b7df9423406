"""Summaries of the corpus, the program's and the bare model's, as rows.

Each document is a line of its own for whoever reads JSON (``Setting.tell``), as soon as both are marked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial

from lmstudio_lite.bench.engine_run import open_engine
from lmstudio_lite.bench.quality.bare import summarize_bare
from lmstudio_lite.bench.quality.corpus import CorpusDocument, read_corpus
from lmstudio_lite.bench.quality.marked import Marked
from lmstudio_lite.bench.quality.remembering import RememberingClient
from lmstudio_lite.bench.quality.scores import WORDS, Marks, mark
from lmstudio_lite.bench.quality.without import IN_TURN, in_turn, rules_without
from lmstudio_lite.bench.rows import Bound, Row, missing
from lmstudio_lite.bench.setting import Setting
from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.summaries import SummaryOptions, SummaryProgress
from lmstudio_lite.tasks.summarize.rules import RULES, RuleSet
from lmstudio_lite.tasks.summarize.summarizer import summarize

FACTS = Bound(1.3, is_minimum=True)
FALSE_CLAIMS = Bound(0.3)
CONTEXT_SIZE = 8192
SECONDS_A_PAGE = {"small": 8.0, "half_billion": 25.0}
"""Of both sides together, on two cores."""
SECONDS_A_DOCUMENT = {"small": 12.0, "half_billion": 40.0}
OUR_SHARE = 0.6
"""The program's side, of both."""
_SMALLER_IS_BETTER = frozenset(("traps", "numbers", "names", "negations", "echo"))
_JUDGED = tuple(field.name for field in fields(Marks) if field.name not in ("facts", "quoted"))
"""Neither many quotations nor few make a text better."""


def expected_s(setting: Setting) -> float:
    """Return about how many seconds the chosen documents take on both sides."""
    kind = "half_billion" if setting.model == setting.half_billion else "small"
    both = sum(
        SECONDS_A_DOCUMENT[kind] + SECONDS_A_PAGE[kind] * document.num_pages for document in _corpus(setting)
    )
    return both * OUR_SHARE * (1 + len(RULES)) if IN_TURN in setting.without else both


def of_corpus(setting: Setting) -> list[Row]:
    """Rows of the whole corpus, one for each column; the first two are what the bounds are for.

    With each rule off in turn, a row for each rule instead.
    """
    documents = _corpus(setting)
    if not documents:
        return [missing("quality-facts", FACTS, "no document of the corpus has such a name")]
    if IN_TURN in setting.without:
        with open_engine(setting, setting.model, context_size=CONTEXT_SIZE) as engine:
            write = partial(_marked, setting, RememberingClient(engine.client))
            return in_turn(setting, documents, write)
    rules = rules_without(setting.without)
    ours: list[Marked] = []
    bare: list[Marked] = []
    with open_engine(setting, setting.model, context_size=CONTEXT_SIZE) as engine:
        for number, document in enumerate(documents, start=1):
            setting.say(f"{document.name}, {number} of {len(documents)}: the bare model")
            bare.append(_timed(document, lambda each: _bare(engine.client, each)))
            setting.say(f"{document.name}, {number} of {len(documents)}: summary")
            ours.append(_marked(setting, engine.client, document, rules))
            setting.tell(
                {
                    "document": document.name,
                    "language": document.language,
                    "kind": document.kind,
                    "pages": document.num_pages,
                    "num_facts": len(document.facts),
                    "without": list(setting.without),
                    "summary": ours[-1].as_json(),
                    "bare": bare[-1].as_json(),
                }
            )
    return rows_of(ours, bare, is_half_billion=setting.model == setting.half_billion)


def rows_of(ours: Sequence[Marked], bare: Sequence[Marked], *, is_half_billion: bool) -> list[Row]:
    """Make a row of each column's means; false claims are numbers and names together."""
    rows = [
        _row("facts", ours, bare, FACTS if is_half_billion else Bound(1.0, is_minimum=True)),
        _row("false_claims", ours, bare, FALSE_CLAIMS if is_half_billion else Bound(1.0)),
    ]
    for column in _JUDGED:
        is_minimum = column not in _SMALLER_IS_BETTER
        rows.append(_row(column, ours, bare, Bound(1.0, is_minimum=is_minimum)))
    return rows


def _row(column: str, ours: Sequence[Marked], bare: Sequence[Marked], bound: Bound) -> Row:
    mine, theirs = (
        sum(float(getattr(each.marks, column)) for each in side) / len(side) for side in (ours, bare)
    )
    ratio = mine / theirs if theirs else None
    # Nothing on their side: there is no ratio, and only nothing on ours is no worse.
    holds = bound.holds(ratio) if ratio is not None else bound.is_minimum or not mine
    name = f"quality-{column.replace('_', '-')}"
    return Row(name, mine, theirs, ratio, bound, holds, note=f"mean of {len(ours)} documents")


def _corpus(setting: Setting) -> list[CorpusDocument]:
    return read_corpus(setting.documents)


def _timed(document: CorpusDocument, write: Callable[[CorpusDocument], str]) -> Marked:
    began = time.perf_counter()
    text = write(document)
    return Marked(document, mark(text, document), text, time.perf_counter() - began)


def _bare(client: EngineClient, document: CorpusDocument) -> str:
    return summarize_bare(client, document.text, document.language, CONTEXT_SIZE)


def _marked(setting: Setting, client: EngineClient, document: CorpusDocument, rules: RuleSet) -> Marked:
    return _timed(document, lambda each: _ours(setting, client, each, rules))


def _ours(setting: Setting, client: EngineClient, document: CorpusDocument, rules: RuleSet) -> str:
    def report(progress: SummaryProgress) -> None:
        setting.say(f"{document.name}: {progress.stage} {progress.num_done} of {progress.num_total}")

    summary = summarize(
        text_document(document.text, document.title),
        SummaryOptions(words=WORDS),
        engine=client,
        report=report,
        cancellation=Cancellation(),
        rules=rules,
    )
    return summary.text
