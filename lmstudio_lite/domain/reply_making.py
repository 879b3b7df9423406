"""How a reply was made: by which model, with which settings, of how many tokens, in what time.

A value that stays with the reply (``ReplyNote.making``), so that what it was made with can be told long after
the settings have changed. It holds what the engine was given, not where each value came from.
"""

from __future__ import annotations

import msgspec


class SchemaCheck(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of holding a reply to a JSON schema.

    ``problem`` names what is wrong, "" where the reply is valid: "not_json" (``found`` says where it ends
    to be JSON), "schema" (the schema itself can't be used), "too_long" to be checked, or the schema's
    keyword that is broken ("type", "required" …). ``place`` is where in the reply, as a JSON pointer
    ("/items/2/price", "" the whole); ``wanted`` and ``found`` are short pieces of the schema and the reply.
    """

    problem: str = ""
    place: str = ""
    wanted: str = ""
    found: str = ""

    @property
    def is_valid(self) -> bool:
        """Whether the reply is what the schema asks for."""
        return not self.problem


class ReplyMaking(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a reply was made with, in the units of ``Sampling``; "", 0 and None where it is not known.

    ``model`` and ``persona`` are names, ``adapter`` the name of a file; ``missing_model`` is the model that
    the persona wanted and that was not in use. ``seed`` None was drawn by the
    engine. ``max_tokens`` None let it go on until the model or the context ended it. ``num_prompt_tokens``
    of them ``num_cached_tokens`` had been read before; reading took ``prompt_s``, writing ``generation_s``
    seconds. A summary stood for ``num_summarized_turns`` of the conversation. ``schema_check`` is there
    where a JSON schema was asked for and the reply has ended.
    """

    model: str = ""
    adapter: str = ""
    adapter_strength: float = 1.0
    persona: str = ""
    missing_model: str = ""
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    repeat_penalty: float | None = None
    seed: int | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    has_schema: bool = False
    schema_check: SchemaCheck | None = None
    num_prompt_tokens: int = 0
    num_cached_tokens: int = 0
    num_generated_tokens: int = 0
    prompt_s: float = 0.0
    generation_s: float = 0.0
    num_summarized_turns: int = 0
