"""Guessing ahead where a text repeats its prompt, against the same without."""

from __future__ import annotations

from lmstudio_lite.bench.engine_run import open_engine
from lmstudio_lite.bench.rows import Bound, Row, compared
from lmstudio_lite.bench.setting import Setting
from lmstudio_lite.bench.texts import words

COPYING = Bound(1.3, is_minimum=True)
NUM_TOKENS = 192
NUM_WORDS = 180


def quoting(setting: Setting) -> Row:
    """Tokens per second of a text that quotes its prompt, guessed ahead and not."""
    rounds, shares = [], []
    with open_engine(setting, setting.model, context_size=2048) as engine:
        for number in range(setting.scale.num_rounds + 1):
            setting.say(f"round {number} of {setting.scale.num_rounds}")
            source = words(NUM_WORDS, number)
            opening = " ".join(source.split()[:8])
            prompt = f"{source}\n\nThe same text once more, word for word:\n\n{opening}"
            plain = engine.ask(prompt, NUM_TOKENS)
            guessed = engine.ask(prompt, NUM_TOKENS, copies_prompt=True)
            usage = guessed.wait()
            shares.append(usage.num_accepted_tokens / max(1, usage.num_generated_tokens))
            rounds.append((guessed.tokens_per_s, plain.tokens_per_s))
    note = f"{sum(shares) / len(shares):.0%} of the tokens were guessed"
    return compared("copying-speculation", rounds[1:], COPYING, unit="tokens/s", note=note)
