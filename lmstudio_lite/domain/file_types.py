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

ALL_FILE_TYPES = {
    "F32": 0,
    "BF16": 32,
    "F16": 1,
    "Q8_0": 7,
    "Q6_K": 18,
    "Q5_K_M": 17,
    "Q5_1": 9,
    "Q5_K_S": 16,
    "Q5_0": 8,
    "Q4_K_M": 15,
    "Q4_1": 3,
    "Q4_K_S": 14,
    "IQ4_NL": 25,
    "Q4_0": 2,
    "IQ4_XS": 30,
    "MXFP4": 38,
    "Q3_K_L": 13,
    "Q3_K_M": 12,
    "IQ3_M": 27,
    "IQ3_S": 26,
    "Q3_K_S": 11,
    "IQ3_XS": 22,
    "IQ3_XXS": 23,
    "Q2_K": 10,
    "Q2_K_S": 21,
    "IQ2_M": 29,
    "IQ2_S": 28,
    "IQ2_XS": 20,
    "TQ2_0": 37,
    "IQ2_XXS": 19,
    "Q2_0": 41,
    "IQ1_M": 31,
    "TQ1_0": 36,
    "IQ1_S": 24,
    "Q1_0": 40,
}
"""All that llama.cpp's quantizer writes (``llama_ftype_get_default_type``), most bits a weight first."""

TERNARY_FILE_TYPES = frozenset({"TQ1_0", "TQ2_0", "Q1_0", "Q2_0"})
"""For models that were trained with weights of one or two bits: any other becomes useless in them."""
MIXTURE_FILE_TYPES = frozenset({"MXFP4"})
"""For models with a mixture of experts: elsewhere this is Q8_0 by another name."""
