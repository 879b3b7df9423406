"""llama.cpp's sampler chain for one request, and a grammar beside it.

The chain's order is llama.cpp's own: bias, penalties, DRY, top-k, typical, top-p, min-p, XTC,
temperature, draw. A grammar is asked about the chosen token first and filters the whole vocabulary only
if it refuses that one (after llama.cpp's ``common_sampler``): filtering costs milliseconds, most choices
of a good model fit. A token that a grammar hasn't allowed must never be accepted by it: llama.cpp throws.
"""

from __future__ import annotations

import ctypes
import json
import math
import secrets
from collections.abc import Sequence
from typing import Any

import llama_cpp
import numpy as np
from llama_cpp.llama_grammar import json_schema_to_gbnf

from lmstudio_lite.domain.generation import Sampling
from lmstudio_lite.engine.llama import log as llama_log
from lmstudio_lite.errors import BadRequestError

GRAMMAR_SIZE_MAX = 256 * 1024
_SEED_MASK = 0xFFFFFFFF
_MIROSTAT_CANDIDATES = 100
_FORBIDDEN = -100.0
_LAX_CHARACTER = r'char ::= [^"\\] |'
_JSON_CHARACTER = r'char ::= [^"\\\x00-\x1F\x7F] |'
"""The converter lets line breaks into strings, which JSON forbids."""
_TOKEN_DATA = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class LlamaSampler:
    """Chooses tokens from the logits of ``context``; see ``backend.Sampler``."""

    def __init__(
        self,
        context: int | None,
        vocab: int,
        sampling: Sampling,
        history: Sequence[int],
        begun: Sequence[int],
    ) -> None:
        """Build the chain; ``history`` feeds the penalties, ``begun`` is the reply's own beginning.

        Raises:
            BadRequestError: the grammar or schema can't be used, or ``begun`` breaks it.
        """
        _check(sampling)
        self._context = context
        self._chain: int | None = None
        self._grammar: int | None = None
        self._num_tokens = int(llama_cpp.llama_vocab_n_tokens(vocab))
        self._candidates = _Candidates(self._num_tokens)
        self._takes_the_likeliest = _takes_the_likeliest(sampling)
        everything = int(llama_cpp.llama_n_ctx(context))
        try:
            self._grammar = _create_grammar(vocab, sampling)
            self._chain = _create_chain(vocab, sampling, everything)
            for token_id in _looked_at(history, sampling):
                llama_cpp.llama_sampler_accept(self._chain, token_id)
            if self._grammar is not None:
                self._follow(begun)
        except BaseException:
            self.close()
            raise

    def sample(self, row: int) -> int | None:
        if self._grammar is None and not self._takes_the_likeliest:
            return int(llama_cpp.llama_sampler_sample(self._chain, self._context, row))
        logits = llama_cpp.llama_get_logits_ith(self._context, row)
        if self._grammar is None:
            return int(np.ctypeslib.as_array(logits, (self._num_tokens,)).argmax())
        token_id = self._candidates.choose(logits, self._chain)
        if not _is_allowed(token_id, self._grammar):
            token_id = self._candidates.choose(logits, self._chain, self._grammar)
            if not _is_allowed(token_id, self._grammar):
                return None
        llama_cpp.llama_sampler_accept(self._grammar, token_id)
        llama_cpp.llama_sampler_accept(self._chain, token_id)
        return token_id

    def close(self) -> None:
        for sampler in (self._chain, self._grammar):
            if sampler is not None:
                llama_cpp.llama_sampler_free(sampler)
        self._chain = self._grammar = None

    def _follow(self, token_ids: Sequence[int]) -> None:
        """Bring the grammar to where a reply that begins like this stands."""
        for token_id in token_ids:
            if not _is_allowed(token_id, self._grammar):
                raise BadRequestError(reason="the beginning of the reply breaks the grammar")
            llama_cpp.llama_sampler_accept(self._grammar, token_id)


class _Candidates:
    """llama.cpp's table of candidates, one row per token of the vocabulary, made when first needed."""

    def __init__(self, num_tokens: int) -> None:
        self._num_tokens = num_tokens
        self._rows: np.ndarray | None = None

    def choose(self, logits: Any, *samplers: int | None) -> int:
        """Apply ``samplers``, the last first (a grammar before the chain that draws), to fresh rows."""
        if self._rows is None:
            self._rows = np.zeros(self._num_tokens, _TOKEN_DATA)
        rows = self._rows
        rows["id"] = np.arange(self._num_tokens)
        rows["logit"] = np.ctypeslib.as_array(logits, (self._num_tokens,))
        rows["p"] = 0.0
        table = _table(rows)
        for sampler in reversed(samplers):
            llama_cpp.llama_sampler_apply(sampler, ctypes.byref(table))
        return int(table.data[table.selected].id)


def _is_allowed(token_id: int, grammar: int | None) -> bool:
    row = np.array([(token_id, 1.0, 0.0)], _TOKEN_DATA)
    llama_cpp.llama_sampler_apply(grammar, ctypes.byref(_table(row)))
    return bool(np.isfinite(row["logit"][0]))


def _table(rows: np.ndarray) -> llama_cpp.llama_token_data_array:
    data = rows.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data))
    return llama_cpp.llama_token_data_array(data, len(rows), -1, False)


def _check(sampling: Sampling) -> None:
    """Refuse what llama.cpp would end the process for."""
    values = (
        *(sampling.temperature, sampling.top_p, sampling.min_p, sampling.typical_p),
        *(sampling.repeat_penalty, sampling.presence_penalty, sampling.frequency_penalty),
        *(sampling.dry_multiplier, sampling.dry_base, sampling.xtc_probability, sampling.xtc_threshold),
        *(sampling.mirostat_tau, sampling.mirostat_eta, *(bias for _, bias in sampling.logit_bias)),
    )
    if not all(math.isfinite(value) for value in values):
        raise BadRequestError(reason="a sampling value is not a number")
    if sampling.repeat_penalty <= 0:
        raise BadRequestError(reason="the repetition penalty must be greater than 0")
    if sampling.mirostat not in (0, 1, 2):
        raise BadRequestError(reason="mirostat is 0, 1 or 2")


def _create_grammar(vocab: int, sampling: Sampling) -> int | None:
    if not sampling.grammar and not sampling.json_schema:
        return None
    if sampling.grammar and sampling.json_schema:
        raise BadRequestError(reason="a grammar and a JSON schema can't be used together")
    if len(sampling.grammar) + len(sampling.json_schema) > GRAMMAR_SIZE_MAX:
        raise BadRequestError(reason=f"the grammar is longer than {GRAMMAR_SIZE_MAX} characters")
    text = sampling.grammar or _grammar_of_schema(sampling.json_schema)
    llama_log.take_last_error()
    grammar: int | None = llama_cpp.llama_sampler_init_grammar(vocab, text.encode(), b"root")
    if not grammar:
        raise BadRequestError(reason="the grammar can't be read", detail=llama_log.take_last_error())
    return grammar


def _grammar_of_schema(schema: str) -> str:
    try:
        json.loads(schema)
        return str(json_schema_to_gbnf(schema)).replace(_LAX_CHARACTER, _JSON_CHARACTER)
    except RecursionError:
        reason = "nested too deeply"
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"[:200]
    raise BadRequestError(reason=f"the JSON schema can't be used: {reason}")


def _create_chain(vocab: int, sampling: Sampling, everything: int) -> int:
    chain: int = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    for link in _links(vocab, sampling, everything):
        llama_cpp.llama_sampler_chain_add(chain, link)
    return chain


def _links(vocab: int, sampling: Sampling, everything: int) -> list[int]:
    num_tokens: int = llama_cpp.llama_vocab_n_tokens(vocab)
    seed = secrets.randbits(32) if sampling.seed is None else sampling.seed & _SEED_MASK
    links = [*_bias_links(num_tokens, sampling), *_repetition_links(vocab, sampling, everything)]
    if sampling.temperature <= 0:
        return [*links, llama_cpp.llama_sampler_init_greedy()]
    if sampling.mirostat:
        links.append(llama_cpp.llama_sampler_init_temp(sampling.temperature))
        tau, eta = sampling.mirostat_tau, sampling.mirostat_eta
        if sampling.mirostat == 1:
            return [
                *links,
                llama_cpp.llama_sampler_init_mirostat(num_tokens, seed, tau, eta, _MIROSTAT_CANDIDATES),
            ]
        return [*links, llama_cpp.llama_sampler_init_mirostat_v2(seed, tau, eta)]
    return [*links, *_cutting_links(sampling, seed), llama_cpp.llama_sampler_init_dist(seed)]


def _takes_the_likeliest(sampling: Sampling) -> bool:
    """Whether the chain would choose by the bare logits: then no table of candidates is needed, which
    for a vocabulary of 150,000 costs twenty times as much as the choice itself.
    """
    is_greedy = sampling.temperature <= 0 and not sampling.logit_bias
    return is_greedy and not _has_penalties(sampling) and sampling.dry_multiplier <= 0


def _bias_links(num_tokens: int, sampling: Sampling) -> list[int]:
    wanted = [(token_id, bias) for token_id, bias in sampling.logit_bias if 0 <= token_id < num_tokens]
    if not wanted:
        return []
    rows = (llama_cpp.llama_logit_bias * len(wanted))()
    for row, (token_id, bias) in zip(rows, wanted, strict=True):
        row.token = token_id
        row.bias = float("-inf") if bias <= _FORBIDDEN else bias
    return [llama_cpp.llama_sampler_init_logit_bias(num_tokens, len(wanted), rows)]


def _repetition_links(vocab: int, sampling: Sampling, everything: int) -> list[int]:
    """``everything`` is how many tokens "the whole context" is: llama.cpp takes -1 for none."""
    links = []
    if _has_penalties(sampling):
        links.append(
            llama_cpp.llama_sampler_init_penalties(
                llama_cpp.llama_vocab_n_tokens(vocab),
                sampling.repeat_last_n if sampling.repeat_last_n >= 0 else everything,
                sampling.repeat_penalty,
                sampling.frequency_penalty,
                sampling.presence_penalty,
            )
        )
    if sampling.dry_multiplier > 0:
        breakers = [text.encode() for text in sampling.dry_breakers]
        links.append(
            llama_cpp.llama_sampler_init_dry(
                vocab,
                sampling.dry_multiplier,
                sampling.dry_base,
                sampling.dry_allowed_length,
                sampling.dry_last_n if sampling.dry_last_n >= 0 else everything,
                (ctypes.c_char_p * len(breakers))(*breakers),
                len(breakers),
            )
        )
    return links


def _cutting_links(sampling: Sampling, seed: int) -> list[int]:
    links = []
    if sampling.top_k > 0:
        links.append(llama_cpp.llama_sampler_init_top_k(sampling.top_k))
    if sampling.typical_p < 1:
        links.append(llama_cpp.llama_sampler_init_typical(sampling.typical_p, 1))
    if sampling.top_p < 1:
        links.append(llama_cpp.llama_sampler_init_top_p(sampling.top_p, 1))
    if sampling.min_p > 0:
        links.append(llama_cpp.llama_sampler_init_min_p(sampling.min_p, 1))
    if sampling.xtc_probability > 0:
        links.append(
            llama_cpp.llama_sampler_init_xtc(sampling.xtc_probability, sampling.xtc_threshold, 1, seed)
        )
    links.append(llama_cpp.llama_sampler_init_temp(sampling.temperature))
    return links


def _has_penalties(sampling: Sampling) -> bool:
    return (
        sampling.repeat_penalty != 1.0
        or sampling.frequency_penalty != 0.0
        or sampling.presence_penalty != 0.0
    )


def _looked_at(history: Sequence[int], sampling: Sampling) -> Sequence[int]:
    """Return the part of ``history`` that any link will look back at."""
    lengths = [sampling.repeat_last_n] if _has_penalties(sampling) else []
    if sampling.dry_multiplier > 0:
        lengths.append(sampling.dry_last_n)
    if any(length < 0 for length in lengths):
        return history
    longest = max(lengths, default=0)
    return history[-longest:] if longest else ()
