"""What a conversation's replies are controlled by, on the screen: persona, knobs, schema, context."""
