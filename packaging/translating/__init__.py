"""What translators need: every text of the program in one template, and their files kept in step with it."""
