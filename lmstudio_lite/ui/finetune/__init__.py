"""The Fine-tune window: model, data, settings, training, result."""
