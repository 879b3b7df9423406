"""The other side of most measures: bare llama.cpp, and llama-cpp-python's ``Llama``, in a child process.

It never imports the engine, which changes how OpenMP waits: this side has llama.cpp's defaults.
``python -m lmstudio_lite.bench.raw MODEL CONTEXT_SIZE`` reads one JSON object a line and answers with one.
The bare loop's context is made as our engine makes its own, so that only what lies around
``llama_decode`` differs; ``Llama`` has its own defaults.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lmstudio_lite.bench.rows import OpponentError
from lmstudio_lite.domain.models import KvType, Tuning
from lmstudio_lite.workers.spawn import ChildProcess

BATCH_SIZE = 512


class RawProcess:
    """Asks the child and waits for its answers."""

    def __init__(self, model: Path, context_size: int, tuning: Tuning | None) -> None:
        arguments = [str(model.absolute()), str(context_size), json.dumps(asdict(tuning) if tuning else None)]
        self._process = ChildProcess(
            [sys.executable, "-m", "lmstudio_lite.bench.raw", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def decode_tokens_per_s(self, text: str, num_tokens: int) -> float:
        """Evaluate ``text``, then decode greedily; the rate of the latter."""
        return self._ask({"do": "decode", "text": text, "num_tokens": num_tokens})

    def evaluate_s(self, num_before: int, num_new: int) -> float:
        """Seconds to evaluate ``num_new`` tokens behind ``num_before`` others, and to choose the next."""
        return self._ask({"do": "evaluate", "num_before": num_before, "num_new": num_new})

    def one_after_another_s(self, prompts: Sequence[str], max_tokens: int) -> float:
        """Seconds that ``Llama`` takes for all prompts in turn."""
        return self._ask({"do": "llama", "prompts": list(prompts), "num_tokens": max_tokens})

    def chats_one_after_another_s(self, chats: Sequence[tuple[Sequence[tuple[str, str]], int]]) -> float:
        """Seconds that ``Llama`` takes for chats of (role, text) in turn, each with its limit of tokens."""
        return self._ask({"do": "chats", "chats": chats})

    def first_token_s(self, chats: Sequence[tuple[Sequence[tuple[str, str]], int]]) -> float:
        """Seconds from the request to the first token of a chat, the median of ``chats``."""
        return self._ask({"do": "first", "chats": chats})

    def close(self) -> None:
        self._process.communicate()

    def _ask(self, question: Mapping[str, object]) -> float:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise OpponentError("the bare loop died")
        return float(line)


@contextmanager
def open_raw(model: Path, context_size: int, tuning: Tuning | None) -> Iterator[RawProcess]:
    """Start the child; it ends with the ``with`` block."""
    process = RawProcess(model, context_size, tuning)
    try:
        yield process
    finally:
        process.close()


class _Loop:
    def __init__(self, path: str, context_size: int, tuning: Mapping[str, Any] | None) -> None:
        import llama_cpp
        import psutil

        self._c: Any = llama_cpp
        self._path, self._context_size = path, context_size
        num_cores = psutil.cpu_count(logical=False) or 1
        untuned = {"num_threads": num_cores, "num_threads_batch": num_cores, "micro_batch_size": BATCH_SIZE}
        self._tuning: Mapping[str, Any] = tuning or untuned
        self._silence = llama_cpp.llama_log_callback(lambda *_: None)
        llama_cpp.llama_log_set(self._silence, None)
        self._context: Any = None
        self._num_kept = 0

    def open(self) -> None:
        c = self._c
        if self._context is not None:
            return
        self._model = c.llama_model_load_from_file(self._path.encode(), c.llama_model_default_params())
        params = c.llama_context_default_params()
        params.n_ctx, params.n_batch = self._context_size, BATCH_SIZE
        params.n_ubatch = self._tuning["micro_batch_size"]
        params.kv_unified = params.no_perf = True
        params.n_threads = self._tuning["num_threads"]
        params.n_threads_batch = self._tuning["num_threads_batch"]
        has_flash = self._tuning.get("flash_attention", False)
        params.flash_attn_type = (
            c.LLAMA_FLASH_ATTN_TYPE_ENABLED if has_flash else c.LLAMA_FLASH_ATTN_TYPE_DISABLED
        )
        if self._tuning.get("kv_type") == KvType.Q8_0:
            params.type_k = params.type_v = c.GGML_TYPE_Q8_0
        self._context = c.llama_init_from_model(self._model, params)
        self._vocab = c.llama_model_get_vocab(self._model)
        self._sampler = c.llama_sampler_init_greedy()

    def decode(self, text: str, num_tokens: int) -> float:
        self.open()
        self._clear()
        ids = self._tokenize(text)
        self._evaluate(ids)
        token = (self._c.llama_token * 1)(self._sample())
        began = time.perf_counter()
        for _ in range(num_tokens):
            self._c.llama_decode(self._context, self._c.llama_batch_get_one(token, 1))
            token[0] = self._sample()
        return num_tokens / (time.perf_counter() - began)

    def evaluate(self, num_before: int, num_new: int) -> float:
        self.open()
        text = self._tokenize("and the other one went home " * (num_before + num_new))
        if not self._keep(num_before):
            self._clear()
            self._evaluate(text[:num_before])
            self._c.llama_synchronize(self._context)
            self._num_kept = num_before
        began = time.perf_counter()
        self._evaluate(text[num_before : num_before + num_new])
        self._sample()
        return time.perf_counter() - began

    def _keep(self, num_before: int) -> bool:
        """Go back to the ``num_before`` tokens of the last time, if they are still there."""
        memory = self._c.llama_get_memory(self._context)
        if num_before != self._num_kept or not self._c.llama_memory_seq_rm(memory, 0, num_before, -1):
            return False
        return int(self._c.llama_memory_seq_pos_max(memory, 0)) + 1 == num_before

    def llama(self, prompts: Sequence[str], num_tokens: int) -> float:
        from llama_cpp import Llama

        model = Llama(self._path, n_ctx=self._context_size, verbose=False)
        began = time.perf_counter()
        for prompt in prompts:
            model.create_completion(prompt, max_tokens=num_tokens, temperature=0.0)
        elapsed_s = time.perf_counter() - began
        model.close()
        return elapsed_s

    def chats(self, chats: Sequence[tuple[Sequence[tuple[str, str]], int]]) -> float:
        from llama_cpp import Llama

        model = Llama(self._path, n_ctx=self._context_size, verbose=False)
        began = time.perf_counter()
        for messages, num_tokens in chats:
            asked: Any = [{"role": role, "content": text} for role, text in messages]
            model.create_chat_completion(asked, max_tokens=num_tokens, temperature=0.0)
        elapsed_s = time.perf_counter() - began
        model.close()
        return elapsed_s

    def first(self, chats: Sequence[tuple[Sequence[tuple[str, str]], int]]) -> float:
        from llama_cpp import Llama

        model = Llama(self._path, n_ctx=self._context_size, verbose=False)
        taken: list[float] = []
        for messages, num_tokens in chats:
            asked: Any = [{"role": role, "content": text} for role, text in messages]
            began = time.perf_counter()
            for chunk in model.create_chat_completion(
                asked, max_tokens=num_tokens, temperature=0.0, stream=True
            ):
                part: Any = chunk
                if part["choices"][0]["delta"].get("content"):
                    taken.append(time.perf_counter() - began)
                    break
        model.close()
        return statistics.median(taken)

    def _clear(self) -> None:
        self._num_kept = 0
        self._c.llama_memory_clear(self._c.llama_get_memory(self._context), True)

    def _tokenize(self, text: str) -> list[int]:
        data = text.encode()
        ids = (self._c.llama_token * (len(data) + 8))()
        count = self._c.llama_tokenize(self._vocab, data, len(data), ids, len(ids), True, True)
        return list(ids[:count])

    def _evaluate(self, ids: Sequence[int]) -> None:
        for start in range(0, len(ids), BATCH_SIZE):
            chunk = ids[start : start + BATCH_SIZE]
            tokens = (self._c.llama_token * len(chunk))(*chunk)
            self._c.llama_decode(self._context, self._c.llama_batch_get_one(tokens, len(chunk)))

    def _sample(self) -> int:
        return int(self._c.llama_sampler_sample(self._sampler, self._context, -1))


def main(arguments: Sequence[str]) -> None:
    """Serve until standard input ends."""
    path, context_size, tuning = arguments
    loop = _Loop(path, int(context_size), json.loads(tuning))
    for line in sys.stdin:
        question = json.loads(line)
        kind = question.pop("do")
        match kind:
            case "decode":
                answer = loop.decode(**question)
            case "evaluate":
                answer = loop.evaluate(**question)
            case "chats":
                answer = loop.chats(**question)
            case "first":
                answer = loop.first(**question)
            case _:
                answer = loop.llama(**question)
        sys.stdout.write(f"{answer!r}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
