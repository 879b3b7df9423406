"""How good summaries are, against the bare model's, on documents that the project wrote for this.

``corpus`` reads the documents with their facts and traps, ``scores`` marks a summary, ``bare`` asks the
model without any of the program's rules, ``measure`` runs both and makes rows. Nothing here uses the checks
of ``tasks``: a program must not mark its own homework.
"""
