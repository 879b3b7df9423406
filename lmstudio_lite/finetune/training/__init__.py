"""The training itself: the only package that knows torch, transformers, peft and tokenizers.

Only ``finetune.worker`` imports it, in a process of its own.
"""
