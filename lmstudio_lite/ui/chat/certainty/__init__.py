"""How sure the model was of the words of its replies, and how to go another way from one of them."""
