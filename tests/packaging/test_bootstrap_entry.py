"""The entry file speaks to old Pythons too, and splits its own options from the program's."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import bootstrap
import pytest
from bootstrapping.backends import Backend
from bootstrapping.commands import check_commands, opens_window, understand, variables_of_checks
from bootstrapping.console import Console
from bootstrapping.environment import Environment

from lmstudio_lite import cli
from lmstudio_lite.workers import spawn

ROOT = Path(__file__).parents[2]

CHECKOUT = Path(__file__).resolve().parents[2]


def test_an_old_python_can_parse_the_entry_file() -> None:
    source = (CHECKOUT / "packaging" / "bootstrap.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 4))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.AnnAssign)]


def test_an_old_python_is_told_which_to_get() -> None:
    told = bootstrap._old_python_message((3, 9, 2), bootstrap.OLDEST_PYTHON)
    assert "needs Python 3.11 or newer; this is Python 3.9" in told
    assert all(word in told for word in ("apt", "dnf", "pacman", "brew", "winget"))


@pytest.mark.parametrize(
    ("argv", "backend", "offline", "rest"),
    [
        (["run"], Backend.AUTO, False, ()),
        (["run", "summarize", "a.pdf", "--json"], Backend.AUTO, False, ("summarize", "a.pdf", "--json")),
        (["run", "--offline", "--backend", "cpu", "chat"], Backend.CPU, True, ("chat",)),
        (["run", "--backend=vulkan", "--model", "x"], Backend.VULKAN, False, ("--model", "x")),
        (["run", "chat", "--offline"], Backend.AUTO, False, ("chat", "--offline")),
        (["run", "--", "--help"], Backend.AUTO, False, ("--help",)),
        (["test", "-k", "name", "tests/ui"], Backend.AUTO, False, ("-k", "name", "tests/ui")),
    ],
)
def test_options_after_ours_go_on_unchanged(
    argv: list[str], backend: Backend, offline: bool, rest: tuple[str, ...]
) -> None:
    asked = understand(argv)
    assert (asked.backend, asked.offline, asked.arguments) == (backend, offline, rest)


@pytest.mark.parametrize("argv", [[], ["install"], ["run", "--backend", "tpu"], ["run", "--backend"]])
def test_wrong_usage_ends_with_status_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        understand(argv)
    assert ended.value.code == 2
    assert "bootstrap.py" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("system", "variables", "platform"),
    [
        ("Linux", {}, "offscreen"),
        ("Linux", {"DISPLAY": ":0"}, None),
        ("Linux", {"QT_QPA_PLATFORM": "minimal"}, "minimal"),
        ("Darwin", {}, None),
    ],
)
def test_without_a_screen_qt_draws_offscreen(
    system: str, variables: Mapping[str, str], platform: str | None
) -> None:
    assert variables_of_checks(variables, system).get("QT_QPA_PLATFORM") == platform


def test_pytest_runs_last_with_its_arguments(tmp_path: Path) -> None:
    environment = Environment(tmp_path, Console(tmp_path / "log"), {})
    commands = check_commands(environment, ["-k", "one"])
    assert list(commands) == ["format", "lint", "types", "imports", "tests"]
    assert commands["tests"][-2:] == ["-k", "one"]


def test_without_a_choice_every_test_runs_once_and_some_side_by_side(tmp_path: Path) -> None:
    commands = check_commands(Environment(tmp_path, Console(tmp_path / "log"), {}), ["--durations=5"])
    assert list(commands)[-2:] == ["tests, two at once", "tests"]
    first, second = commands["tests, two at once"], commands["tests"]
    folders = [argument for argument in first if argument.startswith("tests/")]
    assert all((ROOT / folder / "__init__.py").is_file() for folder in folders)
    assert [argument for argument in second if argument.startswith("--ignore=")] == [
        f"--ignore={folder}" for folder in folders
    ]
    assert "--durations=5" in first
    assert "--durations=5" in second


@pytest.mark.parametrize("verb", sorted({*cli.VERBS, *spawn.VERBS}))
def test_a_verb_needs_no_screen(verb: str) -> None:
    assert not opens_window([verb, "paper.pdf"])


def test_documents_alone_open_the_window() -> None:
    assert opens_window([])
    assert opens_window(["paper.pdf"])
