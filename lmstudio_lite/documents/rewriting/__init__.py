"""Files whose text is replaced where it stands, while every other byte of them stays as it was."""
