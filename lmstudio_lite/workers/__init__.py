"""One kit for the processes that this program runs of itself: how they start, speak, end and are judged."""
