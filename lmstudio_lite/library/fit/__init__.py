"""What a model takes of this machine before it is loaded, whether that is there, and how fast it will be.

``layers`` says what each layer keeps of a text, ``need`` what the whole takes, ``judging`` whether that
fits into what is free, ``speed`` how fast it writes and reads by what was measured with another model. All of
it is arithmetic over a header (``domain.fit.ModelFacts``): nothing is loaded and nothing asked of llama.cpp,
whose own figures come from ``engine.llama.asking``.
"""
