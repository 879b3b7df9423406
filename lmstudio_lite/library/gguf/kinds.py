"""By what headers tell models that write from those that compare, rank or look.

``llama_pooling_type`` of llama.h says how a vector is made of a text.
"""

from __future__ import annotations

ENCODERS = frozenset(
    ("bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3", "modern-bert", "gemma-embedding")
)
POOLINGS = frozenset((1, 2, 3))
"""Mean, first and last token: a vector comes out."""
RANK_POOLING = 4
PROJECTOR_ARCHITECTURE = "clip"
PROJECTOR_TYPES = frozenset(("mmproj", "clip-vision"))
"""Values of ``general.type``."""
