"""The window of the folders that questions are answered from, and what keeps them up to date."""
