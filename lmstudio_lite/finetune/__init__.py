"""Fine-tuning: the user's data to examples, training in a process of its own, export to GGUF."""
