"""``bench``: the engine's speed as ratios within one run, as a table or as JSON lines.

With ``--json`` the first line says what is measured (``model``, ``scale``, ``measures``, ``expected_s``), and
each row is a line as soon as it is known: a run that is ended keeps what it has measured.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from lmstudio_lite.bench.quality.without import IN_TURN, rule_lines
from lmstudio_lite.bench.registry import MEASURES, expected_s
from lmstudio_lite.bench.registry import run as take
from lmstudio_lite.bench.rows import Row
from lmstudio_lite.bench.setting import FULL, HALF_BILLION, QUICK, Setting
from lmstudio_lite.cli.output import json_line, put
from lmstudio_lite.cli.sources import nearest
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    EXIT_USAGE,
    Progress,
    missing_files,
    note,
    open_services,
    resolve_model,
)
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.paths import user_paths
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words import say_duration

_COLUMNS = ("measure", "value", "against", "ratio", "bound", "holds")


def run(options: argparse.Namespace) -> int:
    """Measure; the exit code is 1 when a bound does not hold, 2 for an unknown measure or rule."""
    if options.list_rules:
        return _list_rules(as_json=options.json)
    names = options.only or [name for name, measure in MEASURES.items() if not measure.is_by_name]
    rules = [IN_TURN, *(str(line["rule"]) for line in rule_lines())]
    listed = f"There are: {', '.join(MEASURES)}."
    if not _all_known(names, list(MEASURES), "measure", listed):
        return EXIT_USAGE
    if not _all_known(options.without, rules, "rule", "--list-rules names all."):
        return EXIT_USAGE
    if IN_TURN in options.without and len(options.without) > 1:
        note(f"lmstudio-lite: --without {IN_TURN} takes each rule off by itself: name no other beside it.")
        return EXIT_USAGE
    if options.without and "quality" not in names:
        note("lmstudio-lite: --without is for the summaries of the quality bench: add --only quality.")
        return EXIT_USAGE
    named = [str(path) for path in (options.file, options.llama_server) if path is not None]
    if missing_files(named, as_json=options.json):
        return EXIT_FAILED
    progress = Progress()
    with tempfile.TemporaryDirectory(prefix="lmstudio-lite-bench-") as folder:
        setting = _setting(options, Path(folder), progress)
        _announce(names, setting, as_json=options.json)
        holds = []
        for row in take(names, setting):
            holds.append(row.holds)
            progress.end()
            if options.json:
                put(json_line(row.as_json()))
            else:
                _print(row, is_first=len(holds) == 1)
    progress.end()
    return EXIT_FAILED if False in holds else EXIT_OK


def _all_known(names: Sequence[str], known: Sequence[str], kind: str, listed: str) -> bool:
    """Tell whether all names are known, and if not say which is not."""
    unknown = next((name for name in names if name not in known), None)
    if unknown is None:
        return True
    meant = nearest(unknown, known)
    question = f" Did you mean “{meant}”?" if meant else ""
    note(f"lmstudio-lite: there is no {kind} “{safe_line(unknown)}”.{question} {listed}")
    return False


def _list_rules(*, as_json: bool) -> int:
    for line in rule_lines():
        if as_json:
            put(json_line(line))
        else:
            languages = ", ".join(line["languages"]) if isinstance(line["languages"], list) else ""
            put(f"{line['rule']!s:<20} {line['why']}{f' ({languages})' if languages else ''}\n")
    return EXIT_OK


def _announce(names: Sequence[str], setting: Setting, *, as_json: bool) -> None:
    """Say what is measured and about how long it takes, before the first of it."""
    seconds = expected_s(names, setting)
    count = "1 measure" if len(names) == 1 else f"{len(names)} measures"
    note(f"lmstudio-lite: {count} of {setting.model.stem}, about {say_duration(seconds)} on 2 cores.")
    if as_json:
        scale = "quick" if setting.scale is QUICK else "full"
        first: dict[str, object] = {
            "model": setting.model.name,
            "scale": scale,
            "measures": names,
            "expected_s": seconds,
        }
        if setting.without:
            first["without"] = list(setting.without)
        put(json_line(first))


def _setting(options: argparse.Namespace, folder: Path, progress: Progress) -> Setting:
    with open_services(options) as services:
        library = services.library
        model = resolve_model(services, options.model) if options.model else services.default_model_path()
        half_billion = _half_billion(library, model, is_chosen=bool(options.model))
    return Setting(
        model=model,
        half_billion=half_billion,
        server=_server(options.llama_server),
        folder=folder,
        scale=QUICK if options.quick else FULL,
        say=progress.show,
        file=options.file,
        documents=tuple(options.document),
        without=tuple(options.without),
        tell=(lambda what: put(json_line(what))) if options.json else (lambda _: None),
    )


def _half_billion(library: ModelLibrary, model: Path, *, is_chosen: bool) -> Path | None:
    """Return ``model`` if it is one, else one of the library's unless the user chose another."""
    if library.describe(model).num_parameters in HALF_BILLION:
        return model
    if is_chosen:
        return None
    files = (entry.file for entry in library.list())
    return next((file.path for file in files if file and file.num_parameters in HALF_BILLION), None)


def _server(asked: Path | None) -> Path | None:
    """Return what was asked for, or what ``packaging/build_llama_server.py`` left in the user's cache."""
    if asked is not None:
        return asked.expanduser()
    name = "llama-server.exe" if sys.platform == "win32" else "llama-server"
    built = user_paths().cache / "llama-server" / metadata.version("llama-cpp-python") / name
    return built if built.is_file() else None


def _print(row: Row, *, is_first: bool) -> None:
    if is_first:
        sys.stdout.write(_line(*_COLUMNS))
    holds = {True: "yes", False: "NO", None: "-"}[row.holds]
    value, against = (_number(number, row.unit) for number in (row.value, row.against))
    ratio = "-" if row.ratio is None else f"{row.ratio:.3f}"
    sys.stdout.write(_line(row.measure, value, against, ratio, str(row.bound), holds))
    if row.note:
        sys.stdout.write(f"    {row.note}\n")
    sys.stdout.flush()


def _line(measure: str, *cells: str) -> str:
    return measure.ljust(28) + "".join(cell.rjust(17) for cell in cells) + "\n"


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    if unit == "s" and value < 1:
        return f"{value * 1000:.1f} ms"
    return f"{value:.2f} {unit}"
