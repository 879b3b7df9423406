"""A checkpoint's tokenizer in GGUF's words: its tokens, the special ones, and the chat template.

There are two kinds: SentencePiece's (``sentence_pieces``), and byte-level BPE, of which the file names the
rule that cuts a text into words (``cutting``). Whatever ``tokenizer.json`` can say and llama.cpp would not do
is refused.

One difference stays: Qwen's composes letters and their accents first (NFC) and llama.cpp does not, as in
every GGUF of these models.
"""

from __future__ import annotations

from typing import Any

from lmstudio_lite.library.checkpoint.cutting import LLAMA3, rule_of
from lmstudio_lite.library.checkpoint.sentence_pieces import gemma4_entries, sentence_piece_entries
from lmstudio_lite.library.checkpoint.shards import Checkpoint
from lmstudio_lite.library.checkpoint.tokenizer_json import (
    CONTROL,
    NORMAL,
    UNUSED,
    USER_DEFINED,
    objects,
    section,
)
from lmstudio_lite.library.gguf.packing import Value

_TOKENS_MAX = 3_000_000
_IGNORING_MERGES = (LLAMA3, "gpt-4o")
_TRIMMING = ("lstrip", "rstrip", "single_word")


def read_tokenizer(checkpoint: Checkpoint, vocabulary_size: int, architecture: str) -> dict[str, Value]:
    """Return the entries for the tokenizer and the chat template; ``architecture`` is llama.cpp's name.

    Raises:
        ConversionError: "unknown_tokenizer"; ``part`` says what is not known.
    """
    model = section(checkpoint.tokenizer, "model")
    vocabulary = model.get("vocab")
    if model.get("type") != "BPE" or not isinstance(vocabulary, dict):
        raise checkpoint.refuse("unknown_tokenizer", str(model.get("type") or "tokenizer.json"))
    tokens, kinds = _tokens(checkpoint, vocabulary, vocabulary_size)
    ids = {token: number for number, token in enumerate(tokens)}
    if len(ids) != len(tokens):
        raise checkpoint.refuse("unknown_tokenizer", "vocab")
    special = {
        word: _special(checkpoint, key, ids)
        for word, key in (("bos", "bos_token"), ("eos", "eos_token"), ("padding", "pad_token"))
    }
    merges = _merges(checkpoint, model)
    if model.get("byte_fallback") and architecture == "gemma4":
        own = gemma4_entries(checkpoint, ids, kinds, merges)
    elif model.get("byte_fallback"):
        own = sentence_piece_entries(checkpoint, ids, kinds, merges)
    else:
        rule = rule_of(checkpoint)
        _refuse_unknown(checkpoint, model, rule)
        own = {
            "tokenizer.ggml.model": "gpt2",
            "tokenizer.ggml.pre": rule,
            "tokenizer.ggml.merges": [" ".join(merge) for merge in merges],
        }
    entries: dict[str, Value] = {
        **own,
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": kinds,
        **_frame(checkpoint, special, ids),
    }
    for word, number in special.items():
        if number is not None:
            entries[f"tokenizer.ggml.{word}_token_id"] = number
    template = checkpoint.template or _stored_template(checkpoint)
    if template:
        entries["tokenizer.chat_template"] = template
    return entries


def _refuse_unknown(checkpoint: Checkpoint, model: dict[str, Any], rule: str) -> None:
    """Refuse what would make other tokens than llama.cpp does."""
    normalizer = checkpoint.tokenizer.get("normalizer")
    kind = normalizer.get("type") if isinstance(normalizer, dict) else normalizer
    unknown = {
        f"normalizer {kind}": kind not in (None, "NFC"),
        "dropout": bool(model.get("dropout")),
        "continuing_subword_prefix": bool(model.get("continuing_subword_prefix")),
        "end_of_word_suffix": bool(model.get("end_of_word_suffix")),
        # The first files of Llama 3 do not say it, and are read as if they did.
        "ignore_merges": bool(model.get("ignore_merges")) and rule not in _IGNORING_MERGES,
    }
    found = next((name for name, is_there in unknown.items() if is_there), None)
    if found is not None:
        raise checkpoint.refuse("unknown_tokenizer", found)


def _tokens(
    checkpoint: Checkpoint, vocabulary: dict[str, Any], vocabulary_size: int
) -> tuple[list[str], list[int]]:
    """Return all tokens in order and their kinds; numbers that no token has are filled."""
    known: dict[int, tuple[str, int]] = {}
    for token, number in vocabulary.items():
        if type(number) is not int or number in known:
            raise checkpoint.refuse("unknown_tokenizer", "vocab")
        known[number] = (token, NORMAL)
    for each in objects(checkpoint.tokenizer.get("added_tokens")):
        place, content = each.get("id"), each.get("content")
        if type(place) is not int or not isinstance(content, str):
            raise checkpoint.refuse("unknown_tokenizer", "added_tokens")
        if any(each.get(key) for key in _TRIMMING):
            raise checkpoint.refuse("unknown_tokenizer", content)
        known[place] = (content, CONTROL if each.get("special") else USER_DEFINED)
    is_in_range = known and min(known) >= 0 and max(known) < vocabulary_size <= _TOKENS_MAX
    if not is_in_range or not all(_is_text(token) for token, _ in known.values()):
        raise checkpoint.refuse("unknown_tokenizer", "vocab")
    pairs = [known.get(number, (f"[PAD{number}]", UNUSED)) for number in range(vocabulary_size)]
    return [token for token, _ in pairs], [kind for _, kind in pairs]


def _is_text(token: str) -> bool:
    """Whether it can be written: JSON can hold halves of characters."""
    return bool(token) and not any("\ud800" <= letter <= "\udfff" for letter in token)


def _merges(checkpoint: Checkpoint, model: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the merges: older files have them as two pieces with a space between."""
    found = model.get("merges")
    merges: list[tuple[str, str]] = []
    for merge in found if isinstance(found, list) else []:
        pieces = merge.split(" ") if isinstance(merge, str) else merge
        if not isinstance(pieces, list) or len(pieces) != 2:
            raise checkpoint.refuse("unknown_tokenizer", "merges")
        left, right = pieces
        if not all(isinstance(piece, str) and _is_text(piece) and " " not in piece for piece in pieces):
            raise checkpoint.refuse("unknown_tokenizer", "merges")
        merges.append((left, right))
    return merges


def _special(checkpoint: Checkpoint, key: str, ids: dict[str, int]) -> int | None:
    """Return the number of a token that ``tokenizer_config.json`` or the configuration names."""
    named = checkpoint.tokenizer_config.get(key)
    token = named.get("content") if isinstance(named, dict) else named
    if isinstance(token, str) and token in ids:
        return ids[token]
    for source in (checkpoint.generation_config, checkpoint.config):
        number = source.get(f"{key}_id")
        number = number[0] if isinstance(number, list) and number else number
        if type(number) is int and 0 <= number < len(ids):
            return number
    return None


def _frame(checkpoint: Checkpoint, special: dict[str, int | None], ids: dict[str, int]) -> dict[str, Value]:
    """Return whether a text begins and ends with a token of its own, which must be those of that name."""
    processor = section(checkpoint.tokenizer, "post_processor")
    steps = objects(processor.get("processors", [processor]))
    single = next((step.get("single") for step in steps if step.get("type") == "TemplateProcessing"), None)
    names = [section(part, "SpecialToken").get("id") for part in objects(single)]
    before, after = _around(names)
    for word, found in (("bos", before), ("eos", after)):
        if len(found) > 1 or any(ids.get(str(name)) != special[word] for name in found):
            raise checkpoint.refuse("unknown_tokenizer", "post_processor")
    adds_begin = bool(before)
    if isinstance(said := checkpoint.tokenizer_config.get("add_bos_token"), bool):
        adds_begin = said and special["bos"] is not None
    return {"tokenizer.ggml.add_bos_token": adds_begin, "tokenizer.ggml.add_eos_token": bool(after)}


def _around(names: list[Any]) -> tuple[list[Any], list[Any]]:
    """Return the special tokens before the text, which has no name, and those behind it."""
    place = names.index(None) if None in names else 0
    return names[:place], [name for name in names[place:] if name is not None]


def _stored_template(checkpoint: Checkpoint) -> str:
    """Return the template of ``tokenizer_config.json``, of several the one that is called "default"."""
    found = checkpoint.tokenizer_config.get("chat_template")
    named = {str(each.get("name")): each.get("template") for each in objects(found)}
    template = named.get("default") if named else found
    return template if isinstance(template, str) else ""
