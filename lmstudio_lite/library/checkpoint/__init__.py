"""Hugging Face folders of safetensors as GGUF: read without trust, without torch, and written as they are."""
