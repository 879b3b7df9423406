"""What a model can be written as, told without llama.cpp."""

from __future__ import annotations

FILE_TYPES = {
    "F32": 0,
    "F16": 1,
    "BF16": 32,
    "Q8_0": 7,
    "Q6_K": 18,
    "Q5_K_M": 17,
    "Q5_K_S": 16,
    "Q5_0": 8,
    "Q4_K_M": 15,
    "Q4_K_S": 14,
    "Q4_0": 2,
    "Q3_K_M": 12,
    "IQ4_NL": 25,
    "IQ4_XS": 30,
}
"""Best first, with llama.h's ``enum llama_ftype``. None of them needs an importance matrix."""
