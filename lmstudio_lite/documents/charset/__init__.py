"""Bytes to text: which encoding a text is in, by what it declares and by what its letters say."""
