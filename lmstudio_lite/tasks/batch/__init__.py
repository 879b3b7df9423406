"""Labels for many short texts, and values out of them."""
