"""How fast the engine is, against what it could be: every figure a ratio within one run.

One module per group of measures; ``registry`` lists them, ``cli.bench`` prints them. What a measure is
compared with runs in processes of its own (a bare llama.cpp loop, llama-cpp-python's ``Llama``,
``llama-server``), one after the other, never at the same time as ours.
"""
