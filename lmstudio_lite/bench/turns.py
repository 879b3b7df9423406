"""How soon a chat goes on: at its second turn, and after the program was closed and opened again."""

from __future__ import annotations

from lmstudio_lite.bench.engine_run import EngineRun, Reply, open_engine
from lmstudio_lite.bench.lengths import text_of
from lmstudio_lite.bench.raw import open_raw
from lmstudio_lite.bench.rows import Bound, Row, compared
from lmstudio_lite.bench.setting import Setting
from lmstudio_lite.domain.generation import ChatPrompt, Message, Role

SECOND_TURN = Bound(1.2)
REOPENED = Bound(0.02)
QUESTIONS = (
    "Who built the bridge?",
    "What did the brother write?",
    "Where was the flour kept?",
    "Why was the road closed?",
    "When did the boats come home?",
    "Which letters came?",
)


def second_turn(setting: Setting) -> Row:
    """First token of a chat's second turn, against evaluating only its new tokens in a bare loop."""
    scale = setting.scale
    context_size = scale.history + 1024
    rounds = []
    with (
        open_engine(setting, setting.model, context_size=context_size) as engine,
        open_raw(setting.model, context_size, engine.tuning) as raw,
    ):
        chat = _begin_chat(engine, setting, scale.history)
        for number in range(scale.num_rounds + 1):
            setting.say(f"second turn {number} of {scale.num_rounds}")
            reply = _go_on(engine, chat, QUESTIONS[number % len(QUESTIONS)])
            usage = reply.wait()
            num_new = usage.num_prompt_tokens - usage.num_cached_tokens
            rounds.append((reply.first_token_s, raw.evaluate_s(usage.num_cached_tokens, num_new)))
    return compared("second-turn", rounds[1:], SECOND_TURN, unit="s", note=f"{num_new} new tokens")


def reopened(setting: Setting) -> Row:
    """First token of a long chat after a restart, against evaluating all of it anew."""
    scale = setting.scale
    context_size = scale.depth + 1024
    rounds, notes = [], ""
    for number in range(max(1, scale.num_rounds // 2)):
        folder = setting.folder / f"snapshots {number}"
        with open_engine(setting, setting.model, context_size=context_size, snapshots=folder) as engine:
            setting.say("evaluating the chat anew")
            chat = _begin_chat(engine, setting, scale.depth, seed=number)
        with open_engine(setting, setting.model, context_size=context_size, snapshots=folder) as engine:
            setting.say("opened again")
            reply = _go_on(engine, chat, QUESTIONS[number % len(QUESTIONS)])
            usage = reply.wait()
        notes = f"{usage.num_cached_tokens} of {usage.num_prompt_tokens} tokens were kept"
        rounds.append((reply.first_token_s, chat.first_token_s))
    return compared("reopened-chat", rounds, REOPENED, unit="s", note=notes)


class _Chat:
    """A conversation after its first turn, and how long the first token of that took."""

    def __init__(self, messages: tuple[Message, ...], first_token_s: float) -> None:
        self.messages = messages
        self.first_token_s = first_token_s


def _begin_chat(engine: EngineRun, setting: Setting, num_tokens: int, seed: int = 0) -> _Chat:
    setting.say(f"reading {num_tokens} tokens")
    question = Message(Role.USER, text_of(engine, num_tokens - 64, seed))
    reply = engine.start(ChatPrompt((question,)), 16, conversation_id="chat")
    reply.wait()
    return _Chat((question, Message(Role.ASSISTANT, reply.text)), reply.first_token_s)


def _go_on(engine: EngineRun, chat: _Chat, question: str) -> Reply:
    prompt = ChatPrompt((*chat.messages, Message(Role.USER, question)))
    reply = engine.start(prompt, 4, conversation_id="chat")
    reply.wait()
    return reply
