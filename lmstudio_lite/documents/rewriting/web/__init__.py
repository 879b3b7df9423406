"""Web pages and books whose texts are replaced where they stand."""
