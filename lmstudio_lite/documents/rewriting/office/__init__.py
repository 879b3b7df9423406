"""Word, Excel and PowerPoint files translated in place."""
