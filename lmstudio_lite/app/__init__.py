"""What the program does: each use case once, for the window, the terminal and whatever comes next."""
