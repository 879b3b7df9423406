"""Chat, summarize, translate: prompts, budgets, checks, reassembly. No Qt, no SQL, no ctypes."""
