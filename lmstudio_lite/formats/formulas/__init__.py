"""LaTeX formulas in Markdown: where they stand, drawn in a process of their own, and as MathML."""
