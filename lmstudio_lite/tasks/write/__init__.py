"""Writing: texts from a brief, texts made other, what is different in them, quizzes and their grading."""
