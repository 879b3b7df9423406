"""The segments of a translated file, looked through, edited and accepted."""
