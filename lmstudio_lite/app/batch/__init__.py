"""Labels and values for many texts: rows in, a table out; the same for the window and the terminal."""
