"""Where models lie: our folders, the user's, and, read only, those of other programs."""
