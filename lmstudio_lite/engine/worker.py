"""The engine's own process: the service behind standard input and output.

A native crash ends this process and not the window. It ends by itself when its input closes, so a
killed window leaves nothing behind. Standard output carries frames only: whatever native code prints
goes to standard error.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence

from lmstudio_lite.engine import protocol

EXIT_GRACE_S = 9.0
EXIT_BUG = 70


def main(argv: Sequence[str] = ()) -> int:
    """Serve until the input ends or ``Shutdown`` comes; the exit code is 0."""
    del argv
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    # Ctrl-C in a terminal reaches the whole group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # An abort would otherwise start a debugger on this process to print its stack.
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")

    from lmstudio_lite.engine.llama.embedder import load_embedder
    from lmstudio_lite.engine.llama.model import load_llama
    from lmstudio_lite.engine.service import Service

    def send(messages: Sequence[protocol.Message]) -> None:
        try:
            view = memoryview(protocol.encode(messages))
            while view:
                view = view[output.write(view) :]
        except OSError:
            os._exit(0)  # The window is gone: nobody to answer to.

    threading.excepthook = _die_of_bug
    service = Service(load_llama, send, load_embedder)
    service.start()
    reader = threading.Thread(target=_read, args=(service,), daemon=True)
    reader.start()
    reader.join()
    service.post(protocol.Shutdown())
    if not service.join(EXIT_GRACE_S):
        os._exit(0)  # Deep in a native call; the memory goes with the process.
    return 0


def _die_of_bug(arguments: threading.ExceptHookArgs) -> None:
    """End the process as a crash would: the client restarts it, and nobody waits for a dead thread."""
    sys.excepthook(arguments.exc_type, arguments.exc_value or SystemError(), arguments.exc_traceback)
    sys.stderr.flush()
    os._exit(EXIT_BUG)


def _read(service: object) -> None:
    from lmstudio_lite.engine.service import Service

    assert isinstance(service, Service)
    while (commands := protocol.read_frame(sys.stdin.buffer)) is not None:
        for command in commands:
            service.post(command)  # type: ignore[arg-type]
            if isinstance(command, protocol.Shutdown):
                return
