"""Writing in the window: texts made other piece by piece, composed from a brief, prompts, quizzes."""
