"""A text's blocks, headings, sentences, language and chunks. Cheap to import, safe in any process."""
