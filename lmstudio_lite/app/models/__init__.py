"""What the program does with models, apart from running them."""
