"""Files of laid out pages (PDF): their paragraphs are translated into a file of another kind."""
