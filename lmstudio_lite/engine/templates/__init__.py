"""Messages to the tokens of a prompt, by the model's own chat template."""
