from __future__ import annotations

import threading
import tomllib
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lmstudio_lite.errors import DiskFullError, NotAFileError, SettingsError
from lmstudio_lite.settings import Settings, SettingsStore
from tests.storage.conftest import MountedRun, run_on_mount

__all__ = ["run_on_mount"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_without_a_file_everything_is_default(path: Path) -> None:
    store = SettingsStore(path)
    assert store.value == Settings()
    assert store.problems == ()
    assert not path.exists()


def test_what_is_set_comes_back_and_nothing_else_is_written(path: Path) -> None:
    store = SettingsStore(path)
    store.update("chat", temperature=0.2, system_prompt='Be brief.\n"Really" 简短')
    store.update("model", path=Path("/models/a.gguf"), folders=(Path("/models"), "/more"))
    store.update("engine", rungs={"C:\\models\\a.gguf": "no_extra_buffers"})
    after = store.update("window", x=-5, tab="translate")
    assert after == store.value == SettingsStore(path).value
    assert after.model.folders == ("/models", "/more")
    assert after.engine.rungs == {"C:\\models\\a.gguf": "no_extra_buffers"}
    written = tomllib.loads(path.read_text("utf-8"))
    assert set(written) == {"chat", "model", "engine", "window"}
    assert written["window"] == {"x": -5, "tab": "translate"}


def test_none_leaves_the_place_to_the_system(path: Path) -> None:
    store = SettingsStore(path)
    store.update("window", x=10, y=20)
    assert store.update("window", x=None, y=None).window.x is None
    assert SettingsStore(path).value == Settings()


def test_an_enum_is_saved_as_its_value(path: Path) -> None:
    class Style(StrEnum):
        OUTLINE = "outline"

    store = SettingsStore(path)
    assert store.update("summarize", form=Style.OUTLINE).summarize.form == "outline"
    assert SettingsStore(path).value.summarize.form == "outline"


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("chat", "temperature", "warm"),
        ("chat", "temperature", 9),
        ("chat", "temperature", float("nan")),
        ("chat", "max_tokens", -1),
        ("chat", "max_tokens", True),
        ("appearance", "theme", "sepia"),
        ("appearance", "reduced_motion", 1),
        ("model", "folders", "/not/a/list"),
        ("model", "folders", [1]),
        ("engine", "rungs", {"m": 3}),
        ("window", "width", 5.5),
        ("translate", "target", ""),
    ],
)
def test_a_value_that_does_not_fit(path: Path, section: Any, name: str, value: object) -> None:
    path.write_text("[chat]\nsystem_prompt = 'kept'\n[window]\nheight = 900\n")
    store = SettingsStore(path)
    before = path.read_text()
    with pytest.raises(SettingsError, match=f"{section}.{name}"):
        store.update(section, **{name: value})
    assert path.read_text() == before
    assert store.value == SettingsStore(path).value


@pytest.mark.may_log("lmstudio_lite.settings: settings: (chat|translate|appearance)")
def test_a_bad_value_in_the_file_falls_back_alone_and_is_reported(path: Path) -> None:
    path.write_text(
        "translate = 3\n[chat]\ntemperature = 'hot'\nmax_tokens = 77\n[appearance]\ntext_scale = 50\n"
    )
    store = SettingsStore(path)
    assert store.value.chat.temperature == Settings().chat.temperature
    assert store.value.chat.max_tokens == 77
    assert store.value.translate == Settings().translate
    reasons = sorted(str(problem.details["reason"]).split(":")[0] for problem in store.problems)
    assert reasons == ["appearance.text_scale", "chat.temperature", "translate"]
    store.update("chat", temperature=1.0)
    store.update("translate", target="de")
    assert [problem.details["reason"] for problem in SettingsStore(path).problems] == [
        "appearance.text_scale: Expected `float` <= 3.0"
    ]


def test_unknown_keys_survive_a_save(path: Path) -> None:
    path.write_text("newer = 2030-01-01\n[chat]\nmood = ['calm']\n[plugins.one]\non = true\n")
    SettingsStore(path).update("chat", temperature=0.5)
    assert tomllib.loads(path.read_text()) == {
        **tomllib.loads("newer = 2030-01-01\n[plugins.one]\non = true\n"),
        "chat": {"mood": ["calm"], "temperature": 0.5},
    }


@pytest.mark.may_log("lmstudio_lite.settings: settings: not TOML")
@pytest.mark.parametrize(
    "content",
    [
        b"[chat\ntemperature = 1",
        b"\xff\xfe\x00",
        b"a = " + b"[" * 100_000,
        b"a = " + b"9" * 10_000,
        b"# " + b"x" * 1_100_000,
        b"a = 1\na = 2",
    ],
    ids=["cut", "not text", "deep", "long number", "large", "twice"],
)
def test_a_broken_file_is_kept_and_defaults_are_used(path: Path, content: bytes) -> None:
    path.with_name("settings.toml.broken-1").write_text("an earlier one")
    path.write_bytes(content)
    store = SettingsStore(path)
    assert store.value == Settings()
    assert len(store.problems) == 1
    assert path.with_name("settings.toml.broken-2").read_bytes() == content
    assert path.with_name("settings.toml.broken-1").read_text() == "an earlier one"
    store.update("chat", temperature=0.1)
    assert SettingsStore(path).problems == ()


def test_a_file_of_an_editor_that_marks_utf_8(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf[chat]\r\nmax_tokens = 5\r\n")
    assert SettingsStore(path).value.chat.max_tokens == 5


@pytest.mark.may_log("lmstudio_lite.settings: settings: unreadable")
def test_a_folder_in_its_place_is_reported(path: Path) -> None:
    path.mkdir()
    store = SettingsStore(path)
    assert store.value == Settings()
    assert len(store.problems) == 1
    with pytest.raises(NotAFileError):
        store.update("chat", temperature=0.1)
    assert store.value == Settings()


def test_two_stores_keep_each_others_changes(path: Path) -> None:
    one, two = SettingsStore(path), SettingsStore(path)
    one.update("chat", temperature=0.1)
    after = two.update("chat", max_tokens=9)
    assert (after.chat.temperature, after.chat.max_tokens) == (0.1, 9)


def test_threads_save_at_once(path: Path) -> None:
    store = SettingsStore(path)
    sections: list[tuple[Any, str, object]] = [
        ("chat", "max_tokens", 5),
        ("window", "width", 900),
        ("model", "num_threads", 4),
        ("translate", "target", "fr"),
    ]

    def save(section: Any, name: str, value: object) -> None:
        for _ in range(10):
            store.update(section, **{name: value})

    threads = [threading.Thread(target=save, args=change) for change in sections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for section, name, value in sections:
        assert getattr(getattr(SettingsStore(path).value, section), name) == value
    assert [found.name for found in path.parent.iterdir()] == ["settings.toml"]


def test_listeners_hear_of_changes_until_they_leave(path: Path) -> None:
    store = SettingsStore(path)
    heard: list[Settings] = []
    leave = store.subscribe(heard.append)
    store.update("chat", temperature=0.3)
    store.update("chat", temperature=0.3)
    leave()
    leave()
    store.update("chat", temperature=0.4)
    assert [value.chat.temperature for value in heard] == [0.3]


def test_a_listener_may_change_settings(path: Path) -> None:
    store = SettingsStore(path)
    leave = store.subscribe(lambda value: void(store.update("window", tab="translate")))
    store.update("chat", temperature=0.3)
    leave()
    assert SettingsStore(path).value.window.tab == "translate"


def void(_value: object) -> None:
    """Return nothing, as a listener does."""


def test_a_full_disk_keeps_the_old_file(path: Path, run_on_mount: MountedRun) -> None:
    run = run_on_mount(path.parent, "size=128k", "save_settings", str(path))
    assert run.stderr == ""
    assert run.stdout.splitlines() == ["90000 90000", "disk_full"]


def test_a_read_only_disk(path: Path, run_on_mount: MountedRun) -> None:
    run = run_on_mount(path.parent, "ro", "save_settings", str(path))
    assert run.stderr == ""
    assert run.stdout.splitlines() == ["0 0", "data_folder_read_only"]


def test_every_section_has_defaults_that_fit(path: Path) -> None:
    store = SettingsStore(path)
    for entry in fields(Settings):
        section: Any = entry.name
        defaults = getattr(Settings(), section)
        changes = {part.name: getattr(defaults, part.name) for part in fields(defaults)}
        present = {name: value for name, value in changes.items() if value is not None}
        store.update(section, **present)
    assert SettingsStore(path).value == Settings()
    assert SettingsStore(path).problems == ()


toml_values = st.recursive(
    st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abxy", min_size=1), inner, max_size=3)
    ),
    max_leaves=5,
)
section_names = st.sampled_from([entry.name for entry in fields(Settings)])
key_names = st.sampled_from(
    ["theme", "text_scale", "path", "folders", "rungs", "width", "x", "style", "target", "temperature", "odd"]
)


@pytest.mark.may_log("lmstudio_lite.settings: settings: ")
@given(
    st.dictionaries(
        section_names, toml_values | st.dictionaries(key_names, toml_values, max_size=4), max_size=4
    )
)
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_toml_hurts(path: Path, tables: dict[str, Any]) -> None:
    path.write_text(tomli_w.dumps(tables), "utf-8")
    store = SettingsStore(path)
    store.update("chat", max_tokens=5)
    assert store.value.chat.max_tokens == 5
    assert SettingsStore(path).value == store.value
    assert [found.name for found in path.parent.iterdir()] == ["settings.toml"]


def test_what_could_not_be_saved_holds_and_goes_along_with_the_next_save(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **more: object) -> None:
        raise DiskFullError(path="data")

    store = SettingsStore(path)
    with monkeypatch.context() as full:
        full.setattr("lmstudio_lite.paths.replace_file", refuse)
        with pytest.raises(DiskFullError):
            store.update("translate", target="de")
        store.hold("translate", target="de")
        store.hold("chat", thinks_first=False)
    assert (store.value.translate.target, store.value.chat.thinks_first) == ("de", False)
    assert SettingsStore(path).value == Settings()
    store.update("window", width=900)
    assert store.value == SettingsStore(path).value
    assert (store.value.translate.target, store.value.chat.thinks_first) == ("de", False)
