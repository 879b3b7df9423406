"""The Chat tab: conversations, messages, composer."""
