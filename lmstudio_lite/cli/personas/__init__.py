"""``personas``, and the options that control a chat."""
