"""PDF files: what each page holds, in which order it reads, and what is a picture."""
