"""The forms of a summary: how each is asked for, tidied, judged and put together."""
