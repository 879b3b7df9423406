"""Conversations as files: out for readers and for programs, in from other programs' exports."""
