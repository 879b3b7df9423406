"""Streams replies of the starter model and keeps drafts, saying when.

python -m tests.app.chatting_child DATA

Lines of JSON on standard output: ``["text", time, length]`` for what would be on the screen by then, and
``["draft", time, text]`` once a draft is kept. Times are of the monotonic clock.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

from lmstudio_lite.app.chat import QuestionAsked, ask
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.conversations import ReplyText
from lmstudio_lite.paths import portable_paths

_lock = threading.Lock()


def say(kind: str, value: object) -> None:
    with _lock:
        sys.stdout.write(json.dumps([kind, time.monotonic(), value]) + "\n")
        sys.stdout.flush()


def main() -> None:
    length = 0
    services = Services.open(portable_paths(Path(sys.argv[1])), isolation="process", exclusive=True)
    services.settings.update("engine", measures=False)
    services.load_model()
    services.engine.wait_until_ready()

    def keep_drafts() -> None:
        text = ""
        while True:
            text += f"word{len(text)} "
            services.drafts.keep("chat:", text)
            say("draft", text)
            time.sleep(0.1)

    def report(progress: object) -> None:
        nonlocal length
        if isinstance(progress, ReplyText):
            length += len(progress.added)
            say("text", length)
        elif isinstance(progress, QuestionAsked):
            say("asked", progress.message.conversation_id)

    threading.Thread(target=keep_drafts, daemon=True).start()
    while True:
        length = 0
        ask(
            services,
            "Write a very long story about a harbour, with many chapters.",
            report=report,
            cancellation=Cancellation(),
        )


if __name__ == "__main__":
    main()
