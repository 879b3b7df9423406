"""A second context over a loaded model's weights, in which every sequence has cells of its own.

In a unified cache attention passes over every cell of every text, if only to find it masked; in streams
(llama.cpp's word) it sees its own. What is paid is memory, and that a prefix is copied, not shared: only
whole streams can be, so the rest is cut off again.
"""

from __future__ import annotations

import ctypes
from dataclasses import replace

import llama_cpp

from lmstudio_lite.engine.llama.backend import LlamaBackend
from lmstudio_lite.engine.llama.context import create_lane_context
from lmstudio_lite.engine.llama.sizing import plan_lane
from lmstudio_lite.memory import available_memory_bytes


class LlamaLane(LlamaBackend):
    """Made by ``open``; shares weights, vocabulary and adapters with ``main``, which outlives it."""

    def __init__(self, main: LlamaBackend, num_cells: int) -> None:
        """Make the context; ``is_open`` tells whether there is one."""
        self._model: int | None = main._model
        self._context: int | None = None
        self._batch: llama_cpp.llama_batch | None = None
        self._vocab, self._shape, self._options = main._vocab, main._shape, main._options
        self._tuning, self._state_key = main._tuning, main._state_key
        self._pieces, self._adapters = main._pieces, main._adapters
        self._abort_flag = ctypes.create_string_buffer(b"\0\0", 2)
        self._abort_callback = main._abort_callback
        self._abort_address = ctypes.cast(self._abort_flag, ctypes.c_void_p)
        sizes = plan_lane(
            main._shape,
            main._tuning,
            main._options,
            num_cells=num_cells,
            free_bytes=available_memory_bytes(),
        )
        if sizes is None:
            return
        self._sizes = sizes
        self._context = create_lane_context(self._model, self._tuning, sizes)
        if self._context is None:
            return
        self._memory = llama_cpp.llama_get_memory(self._context)
        llama_cpp.llama_set_abort_callback(self._context, self._abort_callback, self._abort_address)
        self._create_batch()
        self._info = replace(
            main.model,
            context_size=sizes.context_size,
            num_sequences_max=sizes.num_sequences + 1,  # the scheduler keeps one place from bulk work
            batch_size=sizes.batch_size,
        )

    @classmethod
    def open(cls, main: LlamaBackend, num_cells: int) -> LlamaLane | None:
        """Return a lane with ``num_cells`` for each sequence; None where it can't be had or is no gain."""
        if not main.can_cut:
            return None
        lane = cls(main, num_cells)
        return lane if lane._context is not None else None

    @property
    def shares_cells(self) -> bool:
        return False

    def copy_prefix(self, source: int, target: int, length: int) -> int:
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, -1, -1)
        return self.remove(target, length)

    def close(self) -> None:
        self._free_context()
