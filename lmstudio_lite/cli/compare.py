"""``compare``: two contenders answer one prompt, the user votes; who wins how often; the votes as a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from lmstudio_lite.app.duels import DuelLoading, DuelProgress, Duels, DuelText, export_preferences
from lmstudio_lite.app.session import Services
from lmstudio_lite.cli.output import put
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_USAGE,
    Progress,
    cancelled_by_ctrl_c,
    complain,
    note,
    open_services,
    print_json,
    resolve_model,
    show_unsaved,
    standard_input,
)
from lmstudio_lite.domain.duels import Contender, Duel, Standing, Vote, standings
from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.safe_text import safe_line, safe_text
from lmstudio_lite.words.duels import say_contender, say_few, say_share, say_side
from lmstudio_lite.words.translate import tr

T = TypeVar("T")


def run(options: argparse.Namespace) -> int:
    """Do one of the three; returns the exit code."""
    if options.table or options.export is not None:
        if options.prompt is not None:
            complain(tr("--table and --export take no prompt."))
            return EXIT_USAGE
        return _tell(options)
    prompt = options.prompt
    if prompt == "-":
        prompt = standard_input().text.strip()
    if prompt is None or not prompt.strip():
        complain(tr("there is nothing to ask: compare PROMPT --model A --model B, or compare --table."))
        return EXIT_USAGE
    if any(
        len(values) > 2 for values in (options.model, options.adapter, options.persona, options.temperature)
    ):
        complain(tr("there are two contenders: an option is given once or twice."))
        return EXIT_USAGE
    with open_services(options) as services:
        first, second = (_contender(services, options, number) for number in (0, 1))
        if first == second:
            complain(
                tr("both contenders are the same: give --model, --adapter, --persona or --temperature twice.")
            )
            return EXIT_USAGE
        return _compare(services, prompt, first, second, options)


def _compare(
    services: Services, prompt: str, first: Contender, second: Contender, options: argparse.Namespace
) -> int:
    duels = Duels(services)
    duel = duels.begin([Message(Role.USER, prompt)], first, second, is_blind=options.blind)
    progress = Progress()

    def report(step: DuelProgress) -> None:
        if isinstance(step, DuelLoading):
            progress.show(tr("loading the model of {0}").format(say_side(duel, step.side)))
        elif isinstance(step, DuelText):
            progress.show(tr("{0} answers").format(say_side(duel, step.side)))

    with cancelled_by_ctrl_c() as cancellation:
        duel = duels.answer(duel.id, report=report, cancellation=cancellation)
        progress.end()
    if not options.json:
        for side in duel.sides:
            put(f"## {say_side(duel, side)}\n\n{safe_text(duel.answer(side).text.strip())}\n\n")
    if duel.is_done and not options.json and sys.stdin.isatty():
        duel = _ask_for_vote(duels, duel)
    if options.json:
        print_json(_duel_json(duel))
    if show_unsaved(services, as_json=options.json):
        return EXIT_FAILED
    return EXIT_OK if duel.is_done else EXIT_INTERRUPTED


def _ask_for_vote(duels: Duels, duel: Duel) -> Duel:
    left, right = duel.sides
    votes = {"a": Vote(left), "b": Vote(right), "t": Vote.TIE, "n": Vote.BOTH_BAD}
    note(tr("Which is better? a: the first above, b: the second, t: a tie, n: neither, Enter: no vote"))
    said = sys.stdin.readline().strip().casefold()[:1]
    if said not in votes:
        return duel
    duel = duels.vote(duel.id, votes[said])
    if duel.is_blind:
        for letter, side in zip("ab", duel.sides, strict=True):
            note(f"{letter}: {say_contender(duel.contender(side))}")
    return duel


def _tell(options: argparse.Namespace) -> int:
    """Print the table, write the preferences, or both."""
    with open_services(options) as services:
        kept = Duels(services).list()
    table = standings(kept)
    num_written = export_preferences(kept, options.export) if options.export is not None else 0
    if options.json:
        print_json({"standings": [_standing_json(each) for each in table], "preferences": num_written})
        return EXIT_OK
    if options.table:
        put(_table(table))
        note(say_few(table))
    if options.export is not None:
        note(tr("{0} preferences written to {1}").format(num_written, safe_line(str(options.export))))
    return EXIT_OK


def _table(table: Sequence[Standing]) -> str:
    if not table:
        return ""
    head = [tr("contender"), tr("won"), tr("lost"), tr("tie"), tr("both bad"), tr("share of wins")]
    rows = [
        [
            say_contender(each.contender),
            *(str(count) for count in (each.num_won, each.num_lost, each.num_tied, each.num_both_bad)),
            say_share(each),
        ]
        for each in table
    ]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [head, *rows]
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _contender(services: Services, options: argparse.Namespace, number: int) -> Contender:
    """Return the first (0) or second contender as the options say.

    Raises:
        AppError: there is no such model, persona or adapter.
    """
    name = _of(options.model, number, "")
    path = resolve_model(services, name) if name else services.default_model_path()
    file = services.library.describe(path)
    adapter, persona = _of(options.adapter, number, "-"), _of(options.persona, number, "-")
    return Contender(
        model=str(file.path),
        model_name=file.name,
        adapter=str(Path(adapter).expanduser().absolute()) if adapter != "-" else "",
        persona=services.personas.find(persona).persona if persona != "-" else None,
        temperature=_of(options.temperature, number, None),
    )


def _of(values: Sequence[T], number: int, otherwise: T) -> T:
    if not values:
        return otherwise
    return values[number] if number < len(values) else values[0]


def _duel_json(duel: Duel) -> dict[str, object]:
    return {
        "id": duel.id,
        "prompt": duel.prompt,
        "answers": [
            {
                "contender": say_side(duel, side),
                "text": duel.answer(side).text,
                "state": duel.answer(side).state.value,
            }
            for side in duel.sides
        ],
        "vote": duel.vote.value if duel.vote is not None else None,
    }


def _standing_json(standing: Standing) -> dict[str, object]:
    low, high = standing.interval
    return {
        "contender": say_contender(standing.contender),
        "won": standing.num_won,
        "lost": standing.num_lost,
        "tied": standing.num_tied,
        "both_bad": standing.num_both_bad,
        "share": round(standing.share, 3),
        "low": round(low, 3),
        "high": round(high, 3),
    }
