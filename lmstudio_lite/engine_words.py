"""The words people read about how the engine runs, said once for the window and the terminal.

Rungs and cache types come as their codes (``domain.models``), reasons as the engine's link names them.
"""

from __future__ import annotations

_RUNGS = {
    "normal": "",
    "no_extra_buffers": "without the fastest kernels",
    "less_memory": "with less memory",
    "no_flash_attention": "without flash attention",
    "fewer_gpu_layers": "with less of it on the graphics card",
    "cpu_only": "on the processor only",
    "smaller_context": "with a smaller context",
}
_REASONS = {
    "SIGSEGV": "it reached for memory it does not have",
    "SIGABRT": "it gave up on an inner contradiction",
    "SIGILL": "it used an instruction that this processor does not know",
    "SIGBUS": "it reached for memory it does not have",
    "SIGFPE": "it computed something impossible",
    "SIGKILL": "the system ended it, most likely for want of memory",
    "SIGTERM": "it was told to end",
    "hang": "it did not answer any more",
}


def say_rung(rung: str) -> str:
    """Say how cautiously a model runs ("on the processor only"), "" where it runs normally."""
    return _RUNGS.get(rung, "")


def say_restart(reason: str, rung: str) -> str:
    """Say why the engine is restarted, and how it will run."""
    how = say_rung(rung)
    return f"{_say_stop(reason)} It starts again {how}." if how else f"{_say_stop(reason)} It starts again."


def say_restarted(reason: str, rung: str) -> str:
    """Say why the engine was restarted, and how it runs since then."""
    how = say_rung(rung)
    return f"{_say_stop(reason)} It runs {how} now." if how else f"{_say_stop(reason)} It runs again."


def _say_stop(reason: str) -> str:
    why = _REASONS.get(reason, reason)
    return f"The engine stopped unexpectedly: {why}." if why else "The engine stopped unexpectedly."


def say_tuning(
    *, flash_attention: bool, num_threads: int, num_threads_batch: int, micro_batch: int, kv_type: str
) -> str:
    """Say what a model runs with: "flash attention off, 4 threads, prompts in parts of 256"."""
    threads = "1 thread" if num_threads == 1 else f"{num_threads} threads"
    if num_threads_batch != num_threads:
        threads += f" ({num_threads_batch} for prompts)"
    parts = [
        f"flash attention {'on' if flash_attention else 'off'}",
        threads,
        f"prompts in parts of {micro_batch}",
    ]
    if kv_type != "f16":
        parts.append(f"cache in {kv_type.upper()}")
    return ", ".join(parts)
