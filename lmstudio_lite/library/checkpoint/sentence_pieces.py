"""SentencePiece's tokenizers, as ``tokenizer.json`` has those of Llama 2, Mistral, Phi-3 and Gemma, in GGUF.

There they are byte pairs: merges in the order in which they are made. llama.cpp has no merges here: it joins
the two neighbours whose whole has the best score (``llm_tokenizer_spm``). Both do the same if every way to
make a token stands among its merges and a token's merges stand together: then the first one's place is the
token's score. A tokenizer of which that is not true is refused.

One difference stays, as in every GGUF of these models: llama.cpp puts a space before a text and behind each
special token, where newer files want it at the text's beginning only, and not before a space.
"""

from __future__ import annotations

import json
import re
from typing import Any

from lmstudio_lite.library.checkpoint.shards import Checkpoint
from lmstudio_lite.library.checkpoint.tokenizer_json import (
    BYTE,
    UNKNOWN,
    USER_DEFINED,
    objects,
    section,
)
from lmstudio_lite.library.gguf.packing import Value

_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"
_BYTE = re.compile(r"<0x[0-9A-F]{2}>\Z")
_UNREACHED_SCORE = -1e6
_SHOWN = frozenset(
    {
        "<|channel>",
        "<channel|>",
        "<|tool_call>",
        "<tool_call|>",
        "<|tool_response>",
        "<tool_response|>",
        '<|"|>',
    }
)
"""Tokens of Gemma 4 that a reply's reader must see: control tokens are not written out."""
_REPLACE = {"type": "Replace", "pattern": {"String": " "}, "content": _SPACE}
_PREPEND = {"type": "Prepend", "prepend": _SPACE}


def sentence_piece_entries(
    checkpoint: Checkpoint, ids: dict[str, int], kinds: list[int], merges: list[tuple[str, str]]
) -> dict[str, Value]:
    """Return the entries of this kind of tokenizer; ``kinds`` gets those of bytes and the unknown token.

    Raises:
        ConversionError: "unknown_tokenizer"; ``part`` says what is not known.
    """
    adds_space = _adds_space(checkpoint)
    return {
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.pre": "default",
        "tokenizer.ggml.scores": _scores(checkpoint, ids, merges),
        "tokenizer.ggml.add_space_prefix": adds_space,
        **_pieces(checkpoint, ids, kinds),
    }


def gemma4_entries(
    checkpoint: Checkpoint, ids: dict[str, int], kinds: list[int], merges: list[tuple[str, str]]
) -> dict[str, Value]:
    """Return those of Gemma 4's, which llama.cpp makes by the merges themselves.

    Raises:
        ConversionError: as ``sentence_piece_entries``.
    """
    if _adds_space(checkpoint):
        raise checkpoint.refuse("unknown_tokenizer", "normalizer Prepend")
    for number in (ids[token] for token in _SHOWN if token in ids):
        kinds[number] = USER_DEFINED
    return {
        "tokenizer.ggml.model": "gemma4",
        "tokenizer.ggml.merges": [" ".join(merge) for merge in merges],
        "tokenizer.ggml.scores": [_UNREACHED_SCORE] * len(ids),
        "tokenizer.ggml.add_space_prefix": False,
        **_pieces(checkpoint, ids, kinds),
    }


def _pieces(checkpoint: Checkpoint, ids: dict[str, int], kinds: list[int]) -> dict[str, Value]:
    """Mark the tokens of bytes and the unknown one; return the entry for that."""
    model = section(checkpoint.tokenizer, "model")
    for key in ("dropout", "continuing_subword_prefix", "end_of_word_suffix", "ignore_merges"):
        if model.get(key):
            raise checkpoint.refuse("unknown_tokenizer", key)
    num_bytes = 0
    for token, number in ids.items():
        if _BYTE.match(token):
            kinds[number] = BYTE
            num_bytes += 1
    if num_bytes != 256:
        raise checkpoint.refuse("unknown_tokenizer", "byte_fallback")
    unknown = model.get("unk_token")
    if not isinstance(unknown, str) or unknown not in ids:
        return {}
    kinds[ids[unknown]] = UNKNOWN
    return {"tokenizer.ggml.unknown_token_id": ids[unknown]}


def _adds_space(checkpoint: Checkpoint) -> bool:
    """Return whether a text begins with a space; refuse another way to treat spaces than llama.cpp's."""
    normalizer = section(checkpoint.tokenizer, "normalizer")
    steps = objects(normalizer.get("normalizers", [normalizer] if normalizer else []))
    written = section(checkpoint.tokenizer, "pre_tokenizer")
    if steps in ([_PREPEND, _REPLACE], [_REPLACE]) and (not written or _cuts_nothing(written)):
        return len(steps) == 2
    if not steps and written.get("type") == "Metaspace" and written.get("replacement") == _SPACE:
        scheme = written.get("prepend_scheme", "always" if written.get("add_prefix_space", True) else "never")
        if scheme in ("always", "first", "never") and written.get("split") is False:
            return bool(scheme != "never")
    kinds = [step.get("type") for step in steps] + [written.get("type")]
    raise checkpoint.refuse("unknown_tokenizer", f"normalizer {json.dumps(kinds)}")


def _cuts_nothing(written: dict[str, Any]) -> bool:
    """Tell whether a rule cuts at spaces, of which there are none left behind the normalizer: Gemma's."""
    return written.get("type") == "Split" and section(written, "pattern").get("String") == " "


def _scores(checkpoint: Checkpoint, ids: dict[str, int], merges: list[tuple[str, str]]) -> list[float]:
    scores = [_UNREACHED_SCORE] * len(ids)
    made: set[str] = set()
    last = ""
    for place, (left, right) in enumerate(merges):
        token = left + right
        if token not in ids or (token in made and token != last):
            raise checkpoint.refuse("unknown_tokenizer", "merges")
        if token not in made:
            scores[ids[token]] = -float(place)
        made.add(token)
        last = token
    _refuse_hidden_ways(checkpoint, ids, merges, made)
    return scores


def _refuse_hidden_ways(
    checkpoint: Checkpoint, ids: dict[str, int], merges: list[tuple[str, str]], made: set[str]
) -> None:
    """Refuse a token that llama.cpp could make of two others although no merge does."""
    ways = set(merges)
    named = {str(each.get("content")) for each in objects(checkpoint.tokenizer.get("added_tokens"))}
    for token in ids.keys() - named:
        if _BYTE.match(token):
            continue
        for cut in range(1, len(token)):
            left, right = token[:cut], token[cut:]
            if (
                left in ids
                and right in ids
                and (left, right) not in ways
                and _is_made(left, made)
                and _is_made(right, made)
            ):
                raise checkpoint.refuse("unknown_tokenizer", "merges")


def _is_made(token: str, made: set[str]) -> bool:
    return len(token) == 1 or token in made
