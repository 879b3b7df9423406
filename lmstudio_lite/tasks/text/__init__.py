"""Facts about texts, found by counting. Pure: no model, no database."""
