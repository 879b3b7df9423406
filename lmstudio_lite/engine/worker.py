"""The engine's own process: the service behind standard input and output.

A native crash ends this process and not the window. It ends by itself when its input closes, so a
killed window leaves nothing behind. Standard output carries frames only: whatever native code prints
goes to standard error.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lmstudio_lite.engine import protocol
from lmstudio_lite.workers.child import Output, end_on_bugs
from lmstudio_lite.workers.frames import read_frame

if TYPE_CHECKING:
    from lmstudio_lite.engine.service import Service

EXIT_GRACE_S = 9.0


def main(argv: Sequence[str] = ()) -> int:
    """Serve until the input ends or ``Shutdown`` comes; the exit code is 0."""
    del argv
    output = Output()
    # An abort would otherwise start a debugger on this process to print its stack.
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")

    from lmstudio_lite.engine.llama.embedder import load_embedder
    from lmstudio_lite.engine.llama.model import load_llama
    from lmstudio_lite.engine.service import Service

    def send(messages: Sequence[protocol.Message]) -> None:
        try:
            output.write(protocol.encode(messages))
        except OSError:
            os._exit(0)  # The window is gone: nobody to answer to.

    end_on_bugs()
    service = Service(load_llama, send, load_embedder)
    service.start()
    reader = threading.Thread(target=_read, args=(service,), daemon=True)
    reader.start()
    reader.join()
    service.post(protocol.Shutdown())
    if not service.join(EXIT_GRACE_S):
        os._exit(0)  # Deep in a native call; the memory goes with the process.
    return 0


def _read(service: Service) -> None:
    while (content := read_frame(sys.stdin.buffer)) is not None:
        for command in protocol.decode_commands(content):
            service.post(command)
            if isinstance(command, protocol.Shutdown):
                return
