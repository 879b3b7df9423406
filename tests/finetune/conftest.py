"""Tiny random models in PyTorch and in GGUF."""

from __future__ import annotations

import os

# Before transformers is imported: nothing may be fetched.
os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"}
