"""Looking into a model's file without loading it: what is wrong with it, and what to expect of it.

Each module looks at one thing and returns findings out of headers; nothing here reads a file but ``model``.
What only the engine can judge (the template, the architecture) is added by ``app.models.inspecting``.
"""
