"""How large a model from nothing is, in three steps, and what goes well with each."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from lmstudio_lite.finetune.protocol import Export, ExportKind, FinetuneSettings, Method, ScratchSettings


class Size(StrEnum):
    TINY = "tiny"
    SMALL = "small"
    LARGER = "larger"


SIZES = {
    Size.TINY: ScratchSettings(512, 128, 3, 4, 2, 384),
    Size.SMALL: ScratchSettings(2048, 192, 6, 6, 3, 512),
    Size.LARGER: ScratchSettings(4096, 384, 8, 6, 3, 1024),
}
_EPOCHS = {Size.TINY: 20.0, Size.SMALL: 10.0, Size.LARGER: 5.0}
FROM_NOTHING = FinetuneSettings(
    method=Method.SCRATCH,
    learning_rate=2e-3,
    weight_decay=0.01,
    max_length=256,
    packing=True,
    exports=(Export(ExportKind.MERGED, "Q8_0"),),
)
"""What a model from nothing begins with, whatever its size."""


def size_settings(size: Size, settings: FinetuneSettings) -> FinetuneSettings:
    """Return ``settings`` with what the size decides."""
    return msgspec.structs.replace(settings, scratch=SIZES[size], epochs=_EPOCHS[size], max_steps=0)
