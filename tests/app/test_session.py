from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.conversations import MessageState, ReplyProgress, ReplyText
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.models import EngineState, KvType, ModelPhase, Rung
from lmstudio_lite.errors import (
    AlreadyRunningError,
    DataFolderReadOnlyError,
    ModelFileError,
    ModelNotFoundError,
    ModelTooLargeError,
    NoModelError,
)
from lmstudio_lite.fingerprint import fingerprint
from lmstudio_lite.paths import Paths, portable_paths
from tests.support.gguf_models import write_model

HEAVY = ("kreuzberg", "llama_cpp", "numpy", "PySide6", "jinja2", "py3langid", "markdown_it", "pygments")
OPEN = f"""
import sys
from pathlib import Path
from lmstudio_lite.paths import portable_paths
from lmstudio_lite.app.session import Services
with Services.open(portable_paths(Path(sys.argv[1]))):
    print(sorted(name for name in {HEAVY!r} if name in sys.modules))
"""


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return portable_paths(tmp_path / "data")


@pytest.fixture
def idle(paths: Paths) -> Iterator[Services]:
    """Services whose engine has no model."""
    with Services.open(paths, isolation="process") as services:
        yield services


def test_opening_imports_nothing_heavy(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", OPEN, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_closing_twice_is_closing_once(paths: Paths) -> None:
    services = Services.open(paths)
    services.close()
    services.close()
    assert not services.jobs.start(lambda context: None).is_running


def test_a_window_has_its_folder_to_itself_and_a_terminal_may_join(paths: Paths) -> None:
    with Services.open(paths, exclusive=True):
        with pytest.raises(AlreadyRunningError):
            Services.open(paths, exclusive=True)
        with Services.open(paths) as joined:
            joined.conversations.create("from the terminal")
    with Services.open(paths, exclusive=True) as later:
        assert [conversation.title for conversation in later.conversations.list()] == ["from the terminal"]


def test_what_a_killed_window_left_is_marked(paths: Paths) -> None:
    with Services.open(paths) as services:
        conversation = services.conversations.create()
        user = services.conversations.add_message(conversation.id, None, Role.USER, "Hello")
        services.conversations.add_message(
            conversation.id, user.id, Role.ASSISTANT, "Good mor", MessageState.STREAMING
        )
    with Services.open(paths, exclusive=True) as services:
        left = services.conversations.thread(conversation.id)[-1]
        assert (left.state, left.text) == (MessageState.INTERRUPTED, "Good mor")


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataFolderReadOnlyError):
        Services.open(portable_paths(tmp_path / "file" / "data"))


def test_the_chosen_model_is_the_default_then_the_starter(idle: Services, starter_model: Path) -> None:
    assert idle.default_model_path() == starter_model
    idle.settings.update("model", path="/somewhere/other.gguf")
    assert idle.default_model_path() == Path("/somewhere/other.gguf")
    with pytest.raises(ModelNotFoundError):
        idle.load_model()


def test_without_any_model_that_is_said(idle: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle.library, "starter_path", lambda: None)
    with pytest.raises(NoModelError):
        idle.load_model()


def test_broken_files_are_refused_before_the_engine_sees_them(idle: Services, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF but not really")
    with pytest.raises(ModelFileError):
        idle.load_model(broken)
    assert idle.engine.state.phase is ModelPhase.NONE


def test_a_model_larger_than_memory_is_refused_with_numbers(
    idle: Services, starter_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lmstudio_lite.app.session.available_memory_bytes", lambda: 1_000_000)
    with pytest.raises(ModelTooLargeError) as refused:
        idle.load_model(starter_model)
    assert refused.value.details["available_bytes"] == 1_000_000


def test_the_rung_a_model_needed_is_remembered(paths: Paths, starter_model: Path) -> None:
    with Services.open(paths) as services:
        services.settings.update("engine", rungs={fingerprint(starter_model): Rung.NO_EXTRA_BUFFERS.value})
        services.load_model(starter_model)
        services.engine.wait_until_ready()
        assert services.engine.state.rung is Rung.NO_EXTRA_BUFFERS


@pytest.mark.may_log("the engine's process died: SIGKILL")
def test_a_reply_outlives_the_worker(services: Services) -> None:
    """The engine's process is killed while a reply streams: the reply goes on in the next one."""
    services.settings.update("chat", temperature=0.0, max_tokens=40)
    services.engine.wait_until_ready()
    conversation = services.conversations.create()
    user = services.conversations.add_message(conversation.id, None, Role.USER, "Tell me about the sea.")
    before: list[str] = []

    def kill_once(progress: ReplyProgress) -> None:
        if isinstance(progress, ReplyText) and not before:
            before.append(progress.added)
            pid = getattr(services.engine, "worker_pid", None)
            assert pid is not None
            os.kill(pid, signal.SIGKILL)

    reply = services.chat.reply(conversation.id, user.id, report=kill_once, cancellation=Cancellation())
    assert reply.state in (MessageState.COMPLETE, MessageState.LENGTH)
    assert reply.text.startswith(before[0])
    assert len(reply.text) > len(before[0])
    assert services.engine.state.restart_reason


def test_closing_while_a_reply_streams_keeps_its_text(paths: Paths, starter_model: Path) -> None:
    services = Services.open(paths, isolation="process")
    services.load_model(starter_model)
    services.engine.wait_until_ready()
    conversation = services.conversations.create()
    user = services.conversations.add_message(conversation.id, None, Role.USER, "Count to a thousand.")
    has_text = threading.Event()

    def report(progress: ReplyProgress) -> None:
        if isinstance(progress, ReplyText):
            has_text.set()

    services.jobs.start(
        lambda context: services.chat.reply(
            conversation.id, user.id, report=report, cancellation=context.cancellation
        )
    )
    assert has_text.wait(60)
    services.close()
    with Services.open(paths) as later:
        reply = later.conversations.thread(conversation.id)[-1]
    assert reply.text
    assert reply.state is MessageState.STOPPED


def ready(path: Path, rung: Rung, *, helps: bool = True) -> EngineState:
    return EngineState(ModelPhase.READY, path, rung=rung, rung_helps=helps)


def test_only_a_rung_that_helped_and_lasts_is_remembered(idle: Services) -> None:
    memory, path = idle.load_profiles, Path("/models/m.gguf")
    memory.on_state(ready(path, Rung.CPU_ONLY, helps=False))
    memory.on_state(ready(path, Rung.LESS_MEMORY))
    memory.on_state(ready(path, Rung.NORMAL))
    assert memory.rung_of(path) is Rung.NORMAL
    memory.on_state(ready(path, Rung.CPU_ONLY))
    assert memory.rung_of(path) is Rung.CPU_ONLY
    idle.run_normally(path)
    assert memory.rung_of(path) is Rung.NORMAL


def test_a_rung_of_another_machine_is_no_matter(idle: Services) -> None:
    path = Path("/models/m.gguf")
    idle.load_profiles.on_state(ready(path, Rung.CPU_ONLY))
    idle.settings.update("engine", rungs_machine="another")
    assert idle.load_profiles.rung_of(path) is Rung.NORMAL


@pytest.mark.may_log("the engine's rung could not be remembered")
def test_settings_that_cannot_be_saved_do_not_stop_the_engine(
    idle: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(section: str, **changes: object) -> None:
        raise DataFolderReadOnlyError(path="settings.toml")

    monkeypatch.setattr(idle.settings, "update", full)
    idle.load_profiles.on_state(ready(Path("/models/m.gguf"), Rung.CPU_ONLY))
    assert "could not be remembered" in caplog.text


def test_what_the_user_decided_reaches_the_engine(idle: Services) -> None:
    idle.settings.update(
        "engine",
        flash_attention="on",
        kv_type="q8_0",
        micro_batch_size=256,
        gpu_layers=0,
        unload_after_minutes=5,
    )
    options = idle.load_profiles.options_for(Path("/models/m.gguf"))
    assert options.flash_attention is True
    assert options.kv_type is KvType.Q8_0
    assert (options.micro_batch_size, options.num_gpu_layers) == (256, 0)
    assert options.unload_after_s == 300


def test_an_embedding_model_in_the_library_compares_sentences(
    idle: Services, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert idle.embedding.embedder(Cancellation()) is None
    paths.models.mkdir(parents=True, exist_ok=True)
    write_model(paths.models / "a-embedder.gguf", "embedder")
    writer = write_model(paths.models / "b-writer.gguf", "llama")
    monkeypatch.setattr(idle.library, "starter_path", lambda: None)
    assert idle.default_model_path() == writer, "what only embeds is not chosen to write"
    embed = idle.embedding.embedder(Cancellation())
    assert embed is not None
    first, again, other = embed(["the inn", "the inn", "another"])
    assert list(first) == pytest.approx(list(again), abs=1e-4)
    assert list(first) != pytest.approx(list(other), abs=1e-4)


def test_two_models_work_side_by_side(services: Services, starter_model: Path) -> None:
    embedder = services.embedding.load(starter_model)
    assert services.embedding.load(starter_model) is embedder
    found = embedder.embed(["one text", "another text"])
    assert len(found) == 2
    assert services.engine.count_tokens(["hello world"]) == [2]
    assert embedder.state.model is not None
    assert embedder.state is not services.engine.state
