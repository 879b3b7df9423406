"""The Translate tab: two panes under two language boxes."""
