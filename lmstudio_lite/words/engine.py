"""The words people read about how the engine runs, said once for the window and the terminal.

Rungs and cache types come as their codes (``domain.models``), reasons as the engine's link names them.
"""

from __future__ import annotations

from lmstudio_lite.words.translate import mark, tr, trn

_RUNGS = {
    "normal": "",
    "no_extra_buffers": mark("without the fastest kernels"),
    "less_memory": mark("with less memory"),
    "no_flash_attention": mark("without flash attention"),
    "fewer_gpu_layers": mark("with less of it on the graphics card"),
    "cpu_only": mark("on the processor only"),
    "smaller_context": mark("with a smaller context"),
}
_REASONS = {
    "SIGSEGV": mark("it reached for memory it does not have"),
    "SIGABRT": mark("it gave up on an inner contradiction"),
    "SIGILL": mark("it used an instruction that this processor does not know"),
    "SIGBUS": mark("it reached for memory it does not have"),
    "SIGFPE": mark("it computed something impossible"),
    "SIGKILL": mark("the system ended it, most likely for want of memory"),
    "SIGTERM": mark("it was told to end"),
    "hang": mark("it did not answer any more"),
    "unreadable": mark("what it sent can't be read"),
}


def say_rung(rung: str) -> str:
    """Say how cautiously a model runs ("on the processor only"), "" where it runs normally."""
    return tr(_RUNGS.get(rung, ""))


def say_restart(reason: str, rung: str) -> str:
    """Say why the engine is restarted, and how it will run."""
    how = say_rung(rung)
    next_step = tr("It starts again {0}.").format(how) if how else tr("It starts again.")
    return f"{_say_stop(reason)} {next_step}"


def say_restarted(reason: str, rung: str) -> str:
    """Say why the engine was restarted, and how it runs since then."""
    how = say_rung(rung)
    state = tr("It runs {0} now.").format(how) if how else tr("It runs again.")
    return f"{_say_stop(reason)} {state}"


def _say_stop(reason: str) -> str:
    why = tr(_REASONS.get(reason, reason))
    return (
        tr("The engine stopped unexpectedly: {0}.").format(why)
        if why
        else tr("The engine stopped unexpectedly.")
    )


def say_tuning(
    *, flash_attention: bool, num_threads: int, num_threads_batch: int, micro_batch: int, kv_type: str
) -> str:
    """Say what a model runs with: "flash attention off, 4 threads, prompts in parts of 256"."""
    threads = trn("{n} thread", "{n} threads", num_threads)
    if num_threads_batch != num_threads:
        threads = tr("{0} ({1} for prompts)").format(threads, num_threads_batch)
    parts = [
        tr("flash attention on") if flash_attention else tr("flash attention off"),
        threads,
        tr("prompts in parts of {0}").format(micro_batch),
    ]
    if kv_type != "f16":
        parts.append(tr("cache in {0}").format(kv_type.upper()))
    return ", ".join(parts)
