"""The Compare window: two answers to one prompt side by side, votes, and who wins here."""
