"""One stream against the bare loop, one deep in a context against llama-server, Python's share of a step."""

from __future__ import annotations

import time
from typing import Any

from lmstudio_lite.bench.engine_run import open_engine
from lmstudio_lite.bench.lengths import text_of
from lmstudio_lite.bench.raw import open_raw
from lmstudio_lite.bench.rows import Bound, Row, compared, missing
from lmstudio_lite.bench.server import NO_SERVER, open_server
from lmstudio_lite.bench.setting import Setting
from lmstudio_lite.bench.texts import words
from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import GenerationEvent, GenerationRequest, Sampling
from lmstudio_lite.engine.backend import Batch, Context, DecodeStatus
from lmstudio_lite.engine.core.engine import Engine
from lmstudio_lite.engine.templates.chat_format import choose_format

STORY = "A very long story about the sea, the wind and an old ship. It begins in spring:"
NUM_SEQUENCES = 8
ONE_STREAM = Bound(0.97, is_minimum=True)
DEEP = Bound(1.0, is_minimum=True)
PYTHON_SHARE = Bound(0.03)


def one_stream(setting: Setting) -> Row:
    """Tokens per second of a greedy stream through worker and client, against bare ``llama_decode``."""
    scale = setting.scale
    rounds = []
    with (
        open_engine(setting, setting.model, context_size=2048) as ours,
        open_raw(setting.model, 2048, ours.tuning) as raw,
    ):
        for number in range(scale.num_rounds + 1):
            setting.say(f"round {number} of {scale.num_rounds}")
            theirs = raw.decode_tokens_per_s(STORY, scale.num_decoded)
            rounds.append((ours.ask(STORY, scale.num_decoded + 1).tokens_per_s, theirs))
    return compared("decode-one-stream", rounds[1:], ONE_STREAM, unit="tokens/s")


def at_depth(setting: Setting) -> Row:
    """Tokens per second behind a long prompt, against llama-server with its defaults."""
    name, scale = "decode-at-depth", setting.scale
    if setting.server is None:
        return missing(name, DEEP, NO_SERVER)
    model = setting.half_billion or setting.model
    context_size = scale.depth + 512
    rounds = []
    with (
        open_engine(setting, model, context_size=context_size) as engine,
        open_server(setting.server, model, context_size=context_size) as server,
    ):
        prompt = text_of(engine, scale.depth, seed=0)
        for number in range(scale.num_rounds):
            setting.say(f"ours, round {number + 1} of {scale.num_rounds}")
            ours = engine.ask(prompt, scale.num_replied).tokens_per_s
            setting.say(f"llama-server, round {number + 1} of {scale.num_rounds}")
            rounds.append((ours, server.tokens_per_s(prompt, scale.num_replied)))
    return compared(name, rounds, DEEP, unit="tokens/s", note=model.stem)


def python_share(setting: Setting) -> Row:
    """What of a step is not ``llama_decode`` while eight sequences generate; both sides in seconds."""
    from lmstudio_lite.engine.llama.model import load_llama

    options = LoadOptions(context_size=4096, num_sequences_max=NUM_SEQUENCES, tuning_path=setting.tuning_path)
    model = load_llama(setting.model, options, lambda _: True)
    try:
        timed = _TimedContext(model.context)
        tokenizer = model.tokenizer
        chat_format = choose_format(
            tokenizer.chat_template,
            special_texts=tokenizer.special_texts,
            guarded_texts=tokenizer.guarded_texts,
        )
        events: list[GenerationEvent] = []
        engine = Engine(timed, chat_format, events.append)
        for number in range(NUM_SEQUENCES):
            prompt, num_tokens = f"{STORY} {words(4, number)}", setting.scale.num_steps * 2
            engine.submit(GenerationRequest(str(number), prompt, num_tokens, Sampling(temperature=0)))
        while timed.sizes[-1:] != [NUM_SEQUENCES]:
            engine.step()
        rounds = []
        for _ in range(setting.scale.num_steps):
            timed.decode_s, began = 0.0, time.perf_counter()
            engine.step()
            step_s = time.perf_counter() - began
            if timed.sizes[-1] == NUM_SEQUENCES:
                rounds.append((step_s - timed.decode_s, step_s))
    finally:
        model.close()
    return compared("python-share-of-step", rounds, PYTHON_SHARE, unit="s")


class _TimedContext:
    """Passes everything on and notes how long ``decode`` takes."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.decode_s = 0.0
        self.sizes: list[int] = []

    def decode(self, batch: Batch) -> DecodeStatus:
        began = time.perf_counter()
        status = self._context.decode(batch)
        self.decode_s += time.perf_counter() - began
        self.sizes.append(len(batch))
        return status

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)
