"""What a machine lacks is found, and said with the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from bootstrapping import machine, problems
from bootstrapping.problems import Problem


def test_too_little_disk_is_told_with_both_numbers(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"[\d.]+ GB needed, [\d.]+ GB free"):
        machine.check_disk(tmp_path / "not" / "there" / "yet", 10**18)
    machine.check_disk(tmp_path, 1)


def test_debian_without_venv_is_told_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(Problem) as raised:
        machine.check_venv_module()
    assert f"python{machine.python_version()}-venv" in str(raised.value)


def test_missing_window_libraries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        machine, "_loads", lambda library: "xcb-cursor" not in library and "EGL" not in library
    )
    assert machine.missing_window_libraries({"DISPLAY": ":0"}, "Linux") == ["libEGL", "libxcb-cursor0"]
    assert machine.missing_window_libraries({"WAYLAND_DISPLAY": "wayland-0"}, "Linux") == ["libEGL"]
    assert machine.missing_window_libraries({"QT_QPA_PLATFORM": "offscreen"}, "Linux") == ["libEGL"]
    assert machine.missing_window_libraries({}, "Darwin") == []


@pytest.mark.parametrize(
    "problem",
    [
        problems.no_compiler("Linux"),
        problems.no_backend_tool("cuda", "nvcc"),
        problems.no_window_libraries(["libEGL"]),
    ],
)
def test_linux_remedies_name_all_three_package_managers(problem: Problem) -> None:
    assert all(word in str(problem) for word in ("apt install", "dnf install", "pacman -S"))


def test_other_systems_get_their_own_remedy() -> None:
    assert "xcode-select" in str(problems.no_compiler("Darwin"))
    assert "winget" in str(problems.no_compiler("Windows"))


def test_each_system_caches_where_it_belongs() -> None:
    home = Path("/home/me")
    assert machine.cache_folder({}, "Linux", home) == home / ".cache/lmstudio-lite/engines"
    assert machine.cache_folder({"XDG_CACHE_HOME": "/c"}, "Linux", home) == Path("/c/lmstudio-lite/engines")
    assert "Library" in machine.cache_folder({}, "Darwin", home).parts
    assert machine.cache_folder({"LOCALAPPDATA": "/l"}, "Windows", home).is_relative_to("/l")


def test_a_screen_is_known_by_the_variables() -> None:
    assert not machine.has_display({}, "Linux")
    assert machine.has_display({"WAYLAND_DISPLAY": "wayland-0"}, "Linux")
    assert machine.has_display({}, "Windows")
