"""The engine's thread: who runs next, the KV cache, speculation, and the text that streams out."""
