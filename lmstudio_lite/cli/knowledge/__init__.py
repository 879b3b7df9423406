"""``knowledge add|list|remove|update``: folders that questions are answered from."""
