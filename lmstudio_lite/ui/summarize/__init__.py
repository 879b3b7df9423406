"""The Summarize tab: a queue of documents on the left of their results."""
