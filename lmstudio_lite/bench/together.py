"""A chat beside a long summary: how soon it is answered, what the summary pays, how fast all stops."""

from __future__ import annotations

import random
import statistics
import time

from lmstudio_lite.bench.engine_run import EngineRun, Reply, open_engine
from lmstudio_lite.bench.rows import Bound, Row, compared
from lmstudio_lite.bench.setting import Setting
from lmstudio_lite.bench.texts import words
from lmstudio_lite.domain.generation import ChatPrompt, Message, Priority, Role

FIRST_TOKEN = Bound(2.0)
SUMMARY_PACE = Bound(1.1)
SILENCE = Bound(1.0)
SILENCE_S = 0.15
CONTEXT_SIZE = 8192
NUM_CHATS = 8
CHAT_TOKENS = 24
CHUNK_TOKENS = 48
CHUNK_WORDS = 220


def chat_beside_summary(setting: Setting) -> list[Row]:
    """First token of a chat message while a summary runs; and the summary's time with such chats."""
    num_chunks = setting.scale.num_chunks
    with open_engine(setting, setting.model, context_size=CONTEXT_SIZE) as engine:
        engine.ask(_chat("to begin with"), 4)
        setting.say("chats on an idle engine")
        idle = [engine.ask(_chat(f"idle {number}"), CHAT_TOKENS) for number in range(NUM_CHATS)]
        setting.say(f"a summary of {num_chunks} chunks alone")
        alone_s = _seconds(_start_summary(engine, setting, seed=0))
        setting.say("the same with chats beside it")
        chunks = _start_summary(engine, setting, seed=10_000)
        beside = _chat_meanwhile(engine, chunks, alone_s)
        with_chats_s = _seconds(chunks)
    first = statistics.median(reply.first_token_s for reply in idle)
    rounds = [(reply.first_token_s, first) for reply in beside]
    chats_s = sum(reply.ended_at - reply.submitted_at for reply in idle) * len(beside) / len(idle)
    note = f"{len(beside)} chats, {chats_s:.1f} s of work by themselves"
    return [
        compared("first-token-beside-summary", rounds, FIRST_TOKEN, unit="s"),
        compared(
            "summary-beside-chats", [(with_chats_s, alone_s + chats_s)], SUMMARY_PACE, unit="s", note=note
        ),
    ]


def cancel_to_silence(setting: Setting) -> Row:
    """Time from cancelling to the end of a request, at any moment of it; its 95th percentile."""
    draw = random.Random(3)
    times = []
    with open_engine(setting, setting.model, context_size=CONTEXT_SIZE) as engine:
        for number in range(setting.scale.num_cancels):
            setting.say(f"cancel {number + 1} of {setting.scale.num_cancels}")
            others = [engine.start(words(200, 500 + 10 * number + at), 64) for at in range(number % 3)]
            reply = engine.start(words(600, number), 256)
            time.sleep(draw.uniform(0.0, 1.2))
            began = time.perf_counter()
            engine.client.cancel(reply.request_id)
            reply.wait()
            times.append(reply.ended_at - began)
            for other in others:
                engine.client.cancel(other.request_id)
                other.wait()
    p95 = sorted(times)[int(0.95 * (len(times) - 1))]
    note = f"median {statistics.median(times) * 1000:.0f} ms"
    return compared("cancel-to-silence", [(p95, SILENCE_S)], SILENCE, unit="s", note=note)


def _start_summary(engine: EngineRun, setting: Setting, *, seed: int) -> list[Reply]:
    replies = []
    for number in range(setting.scale.num_chunks):
        text = f"Summarize this in two sentences:\n\n{words(CHUNK_WORDS, seed + number)}"
        prompt = ChatPrompt((Message(Role.USER, text),))
        replies.append(engine.start(prompt, CHUNK_TOKENS, priority=Priority.BULK))
    return replies


def _seconds(replies: list[Reply]) -> float:
    for reply in replies:
        reply.wait()
    return max(reply.ended_at for reply in replies) - replies[0].submitted_at


def _chat_meanwhile(engine: EngineRun, chunks: list[Reply], alone_s: float) -> list[Reply]:
    """Chat now and then until the summary is nearly done; at least once."""
    pause_s = alone_s / (NUM_CHATS + 2)
    beside: list[Reply] = []
    for number in range(NUM_CHATS):
        time.sleep(pause_s)
        if beside and all(chunk.ended_at for chunk in chunks[: -len(chunks) // 10]):
            break
        beside.append(engine.ask(_chat(f"beside {number}"), CHAT_TOKENS))
    return beside


def _chat(text: str) -> ChatPrompt:
    return ChatPrompt((Message(Role.USER, f"{text}: {words(30, sum(text.encode()))} What is this about?"),))
