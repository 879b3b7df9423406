"""The command palette (Ctrl+K): everything that can be done or opened, found by typing."""
