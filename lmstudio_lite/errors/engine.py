"""Requests that the engine can't serve."""

from __future__ import annotations

from lmstudio_lite.errors.base import AppError


class EngineError(AppError):
    """A request can't be served."""

    code = "engine"


class PromptTooLongError(EngineError):
    code = "prompt_too_long"


class ContextFullError(EngineError):
    code = "context_full"


class TemplateError(EngineError):
    code = "template"


class DecodeError(EngineError):
    code = "decode"


class BadRequestError(EngineError):
    code = "bad_request"


class AdapterError(EngineError):
    """A LoRA adapter can't be used with the model; ``reason`` is "not_found" or what llama.cpp said."""

    code = "adapter"


class EngineUnavailableError(EngineError):
    code = "engine_unavailable"


class EngineCrashLoopError(EngineError):
    code = "engine_crash_loop"
