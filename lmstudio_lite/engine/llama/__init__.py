"""llama.cpp: models, contexts, samplers, what goes wrong in them. Only this room imports ``llama_cpp``."""
