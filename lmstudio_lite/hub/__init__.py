"""The only room that opens connections: searching a hub, reading headers there, fetching files.

Every connection is asked for by the user and stands in the ledger.
"""
