"""The families of models that a checkpoint may be of: one module each."""
