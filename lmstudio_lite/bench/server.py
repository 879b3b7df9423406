"""llama-server as the other side: built from the same source, asked over HTTP on this machine only."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from lmstudio_lite.bench.rows import OpponentError
from lmstudio_lite.workers.spawn import ChildProcess

START_TIMEOUT_S = 120.0
ANSWER_TIMEOUT_S = 1800.0
HOST = "127.0.0.1"
NO_SERVER = "no llama-server: build it with packaging/build_llama_server.py, or name it with --llama-server"


class LlamaServer:
    """A running server with one model."""

    def __init__(self, port: int) -> None:
        self._port = port

    def wall_s(self, prompts: Sequence[str], max_tokens: int) -> tuple[float, int]:
        """Ask all at once; return the seconds until the last answer, and the tokens generated."""
        with ThreadPoolExecutor(len(prompts)) as threads:
            began = time.perf_counter()
            answers = list(threads.map(lambda prompt: self._complete(prompt, max_tokens), prompts))
            elapsed_s = time.perf_counter() - began
        return elapsed_s, sum(int(str(answer["tokens_predicted"])) for answer in answers)

    def tokens_per_s(self, prompt: str, max_tokens: int) -> float:
        """Return the rate at which it says it generated, the prompt not counted."""
        timings = self._complete(prompt, max_tokens)["timings"]
        assert isinstance(timings, dict)
        return float(timings["predicted_per_second"])

    def _complete(self, prompt: str, max_tokens: int) -> dict[str, object]:
        body = {"prompt": prompt, "n_predict": max_tokens, "temperature": 0.0, "cache_prompt": True}
        connection = http.client.HTTPConnection(HOST, self._port, timeout=ANSWER_TIMEOUT_S)
        try:
            connection.request("POST", "/completion", json.dumps(body), {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise OpponentError(f"llama-server: {answer}")
        assert isinstance(answer, dict)
        return answer


@contextmanager
def open_server(
    executable: Path, model: Path, *, context_size: int, num_slots: int | None = None
) -> Iterator[LlamaServer]:
    """Start a server, with its defaults but for the context and the slots; ends with the ``with`` block.

    Raises:
        OpponentError: it does not come up.
    """
    port = _free_port()
    command = [
        str(executable.absolute()),
        "-m",
        str(model.absolute()),
        "-c",
        str(context_size),
        "--host",
        HOST,
    ]
    command += ["--port", str(port), "--no-webui"]
    if num_slots is not None:
        command += ["-np", str(num_slots)]
    # What our engine sets for its own threads is no default of llama-server's.
    environment = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"}
    process = ChildProcess(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, environment=environment
    )
    try:
        _wait_until_healthy(process, port)
        yield LlamaServer(port)
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_healthy(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise OpponentError(f"llama-server ended with {process.returncode}")
        connection = http.client.HTTPConnection(HOST, port, timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise OpponentError("llama-server does not come up")
