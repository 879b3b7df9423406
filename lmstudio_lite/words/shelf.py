"""Words about models on the shelf: whose they are, what they are for, what was decided for each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from lmstudio_lite.domain.fit import DeviceShare, FitVerdict, ModelFit, Speed
from lmstudio_lite.domain.models import KvType
from lmstudio_lite.domain.profiles import ModelProfile
from lmstudio_lite.domain.shelf import ModelKind, ModelTraits
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.fit import say_anyway
from lmstudio_lite.words.languages import say_language
from lmstudio_lite.words.saying import say_size
from lmstudio_lite.words.translate import mark, tr, trn

_KINDS = {
    ModelKind.MODEL: mark("writes"),
    ModelKind.EMBEDDING: mark("finds evidence"),
    ModelKind.RERANKER: mark("ranks texts"),
    ModelKind.DRAFT: mark("speeds another model up"),
    ModelKind.PROJECTOR: mark("lets a model see pictures"),
    ModelKind.ADAPTER: mark("an adapter"),
    ModelKind.PART: mark("a part of a model"),
}
_VERDICTS = {
    FitVerdict.ON_GPU: mark("on the graphics card"),
    FitVerdict.PARTLY_ON_GPU: mark("partly on the graphics card"),
    FitVerdict.IN_MEMORY: mark("in memory"),
    FitVerdict.SLOW: mark("slow"),
    FitVerdict.TOO_LARGE: mark("too large"),
}
_KV_TYPES = {KvType.F16: mark("Exact (F16)"), KvType.Q8_0: mark("Half the size (Q8_0)")}
_LANGUAGES_NAMED = 3
_VERIFIED = {
    "right": mark("right: its SHA-256 is the one that {0} gives"),
    "wrong": mark("damaged or another file: its SHA-256 is not the one that {0} gives"),
    "unknown": mark("nothing to compare with: it was not fetched by this program, nor is it listed"),
}


def say_kind(kind: ModelKind) -> str:
    """Say what a file is for."""
    return tr(_KINDS[kind])


def say_kv_type(kv_type: KvType) -> str:
    """Say how the cache of the context is stored."""
    return tr(_KV_TYPES[kv_type])


def say_traits(traits: ModelTraits) -> list[str]:
    """Say what a model can do besides writing, each in a word or two."""
    found = []
    if traits.has_thinking:
        found.append(tr("thinks first"))
    if traits.has_tools:
        found.append(tr("uses tools"))
    if traits.sees_images:
        found.append(tr("sees pictures"))
    return found


def say_languages(codes: Sequence[str], *, is_brief: bool = False) -> str:
    """Name languages by their codes; where it must be brief, how many when they are many."""
    if is_brief and len(codes) > _LANGUAGES_NAMED:
        return trn("{n} language", "{n} languages", len(codes))
    return ", ".join(say_language(code) for code in codes)


def name_verdict(verdict: FitVerdict) -> str:
    """Say in a word or two how a model would lie in this machine's memory."""
    return tr(_VERDICTS[verdict])


def say_fit(fit: ModelFit) -> str:
    """Say how a model would lie in memory, with the numbers."""
    needed, free = say_size(fit.need.total_bytes), say_size(fit.available_bytes)
    if fit.verdict in (FitVerdict.SLOW, FitVerdict.TOO_LARGE):
        return tr("{0}: needs {1}, and {2} are free").format(name_verdict(fit.verdict), needed, free)
    return tr("{0}: needs {1} of {2} free").format(name_verdict(fit.verdict), needed, free)


def say_need(fit: ModelFit) -> str:
    """Say what the memory goes into."""
    need = fit.need
    parts = [
        tr("weights {0}").format(say_size(need.weights_bytes)),
        tr("context {0}").format(say_size(need.kv_bytes)),
        tr("computing {0}").format(say_size(need.compute_bytes)),
    ]
    if need.adapter_bytes:
        parts.append(tr("adapter {0}").format(say_size(need.adapter_bytes)))
    if need.projector_bytes:
        parts.append(tr("pictures {0}").format(say_size(need.projector_bytes)))
    return " · ".join(parts)


def say_share(share: DeviceShare) -> str:
    """Say what of a model lies on a device."""
    return tr("{0}: {1} of {2} free").format(
        share.name, say_size(share.needed_bytes), say_size(share.free_bytes)
    )


def say_speed(speed: Speed | None) -> str:
    """Say how fast a model writes and reads here, and how that is known; "" where it is not."""
    if speed is None:
        return ""
    words = tr("writes {0} tokens a second, reads {1}").format(
        _rate(speed.decode_tokens_per_s), _rate(speed.prompt_tokens_per_s)
    )
    known = tr("measured here") if speed.is_measured else tr("foretold")
    return tr("{0} ({1})").format(words, known)


def _rate(tokens_per_s: float) -> str:
    return f"{tokens_per_s:.1f}" if tokens_per_s < 10 else f"{tokens_per_s:,.0f}"


def say_danger(verdict: FitVerdict) -> str:
    """Say what may happen to who loads a model all the same, "" where nothing will."""
    if verdict is FitVerdict.SLOW:
        return tr("It may read from the disk again and again and write very slowly.")
    if verdict is FitVerdict.TOO_LARGE:
        return say_anyway()
    return ""


def say_last_used(last_used: datetime | None) -> str:
    """Say when a model was used last, by the day; "" where it never was."""
    if last_used is None:
        return ""
    num_days = (date.today() - last_used.astimezone().date()).days
    if num_days <= 0:
        return tr("used today")
    return trn("used {n} day ago", "used {n} days ago", num_days)


def say_profile(profile: ModelProfile) -> str:
    """Say what was decided for a model: "context 8,192 · own sampling", "" for nothing."""
    said = []
    if profile.context_size is not None:
        said.append(tr("context {0}").format(f"{profile.context_size:,}"))
    if profile.kv_type is not None:
        said.append(tr("cache in {0}").format(profile.kv_type.value.upper()))
    speed = (
        profile.num_threads,
        profile.num_gpu_layers,
        profile.flash_attention,
        profile.micro_batch_size,
    )
    if any(value is not None for value in speed):
        said.append(tr("own speed settings"))
    if profile.sampling.chosen:
        said.append(tr("own sampling"))
    if profile.system_prompt is not None:
        said.append(tr("own system prompt"))
    if profile.template:
        said.append(tr("own template"))
    return " · ".join(said)


def say_verified(verdict: str, source: str) -> str:
    """Say whether a file is what it should be, by ``app.models.verifying``'s verdict and who said so."""
    return tr(_VERIFIED[verdict]).format(safe_line(source))
