"""The engine: the only code that knows ``llama_cpp``. See CONTRIBUTING.md for one traced request."""
