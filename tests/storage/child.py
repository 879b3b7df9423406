"""Processes that the storage tests start, watch and kill: ``python -m tests.storage.child VERB PATH …``."""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from lmstudio_lite import paths
from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.errors import AppError
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.conversations import Conversations
from lmstudio_lite.storage.database import Database


def say(*words: object) -> None:
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


def stream(path: Path) -> None:
    """Stream a reply for ever; every printed count of words was committed before."""
    conversations = Conversations(Database.open(path))
    conversation = conversations.create("Streaming")
    question = conversations.add_message(conversation.id, None, Role.USER, "Count!")
    reply = conversations.add_message(
        conversation.id, question.id, Role.ASSISTANT, "", state=MessageState.STREAMING
    )
    num_words = 0
    while True:
        num_words += 1
        conversations.update_message(reply.id, text="word " * num_words, state=MessageState.STREAMING)
        say(num_words)


def append(path: Path, name: str, count: str) -> None:
    """Add messages in turn with other processes, and finish."""
    database = Database.open(path)
    conversations = Conversations(database)
    conversation = conversations.create(name)
    parent: str | None = None
    for number in range(int(count)):
        parent = conversations.add_message(conversation.id, parent, Role.USER, f"{name} {number}").id
    database.close()
    say("done")


def fill(path: Path) -> None:
    """Write until there is no room; say how many messages were kept before, and read them back."""
    if hasattr(signal, "SIGXFSZ"):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    database = Database.open(path)
    conversations = Conversations(database)
    conversation = conversations.create("Filling")
    parent: str | None = None
    num_kept = 0
    try:
        while True:
            parent = conversations.add_message(conversation.id, parent, Role.USER, "x" * 5_000).id
            num_kept += 1
    except AppError as error:
        say(error.code, num_kept, len(conversations.thread(conversation.id)))
    database.close()
    reopened = Database.open(path)
    say("reopened", len(Conversations(reopened).thread(conversation.id)), *reopened.problems())
    reopened.close()


def fill_small_file(path: Path) -> None:
    """``fill`` under a limit on the size of files, which stops SQLite as a quota does."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (800_000, 800_000))
    fill(path)


def open_database(path: Path) -> None:
    Database.open(path).close()
    say("opened")


def ensure_writable(path: Path) -> None:
    paths.ensure_writable(paths.portable_paths(path))
    say("writable")


def save_settings(path: Path) -> None:
    """Save settings that need ``settings.toml`` to grow by some 200 kB."""
    store = SettingsStore(path)
    try:
        for _ in range(3):
            store.update("chat", system_prompt="x" * 90_000)
            store.update("model", folders=["y" * 90_000, "z" * 20_000])
    finally:
        say(len(store.value.chat.system_prompt), len(SettingsStore(path).value.chat.system_prompt))


def leave_on_full_disk(path: Path) -> None:
    """Open everything, fill the disk, go on as if nothing were, make room, and leave on a full disk again."""
    from lmstudio_lite import logs
    from lmstudio_lite.app.session import Services

    found = paths.portable_paths(path)
    stop = logs.configure(found)
    services = Services.open(found, isolation="thread", exclusive=True)
    conversation = services.conversations.create("Before")
    fill_the_disk(path / "junk")
    log = logging.getLogger("lmstudio_lite.tests")
    for number in range(200):
        log.info("%d %s", number, "x" * 500)
    try:
        services.conversations.add_message(conversation.id, None, Role.USER, "x" * 500_000)
    except AppError as error:
        say(error.code)
    (path / "junk").unlink()
    log.info("there is room again")
    say("room again" if "there is room again" in (found.logs / logs.FILE_NAME).read_text() else "lost")
    say("counted" if "could not be written" in (found.logs / logs.FILE_NAME).read_text() else "not counted")
    fill_the_disk(path / "junk")
    services.close()
    log.info("closed %s", "x" * 5_000)
    stop()
    say("left")


def fill_the_disk(junk: Path) -> None:
    with junk.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096):
            pass


VERBS: dict[str, Callable[..., None]] = {
    verb.__name__: verb
    for verb in (
        stream,
        append,
        fill,
        fill_small_file,
        open_database,
        ensure_writable,
        save_settings,
        leave_on_full_disk,
    )
}


def main() -> None:
    verb, path, *arguments = sys.argv[1:]
    try:
        VERBS[verb](Path(path), *arguments)
    except AppError as error:
        say(error.code)


if __name__ == "__main__":
    main()
