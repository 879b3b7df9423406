"""Moving, deleting, linking and bringing in model files, so that nothing is lost at any instant."""
