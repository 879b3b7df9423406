"""``models``: what models are here, what others would do here, and how they are fetched and made."""
