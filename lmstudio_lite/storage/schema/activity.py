"""The order of lists by the last change of their rows: a step of ``migrations``, never edited.

It counts upwards: a clock that was set back changes no order.
"""

from __future__ import annotations


def _order_by_activity(table: str, group: str) -> tuple[str, ...]:
    """Number the rows of ``table`` by their last change, within equal ``group`` columns ("" for none)."""
    index = f"{group}, activity DESC" if group else "activity DESC"
    same_group = f"WHERE {group} = new.{group}" if group else ""
    count_up = (
        f"UPDATE {table} SET activity = (SELECT max(activity) + 1 FROM {table} {same_group})"
        " WHERE number = new.number;"
    )
    return (
        f"ALTER TABLE {table} ADD COLUMN activity INTEGER NOT NULL DEFAULT 0",
        f"UPDATE {table} SET activity = ranked.place FROM"
        f" (SELECT number, row_number() OVER (ORDER BY updated_at, number) AS place FROM {table}) AS ranked"
        f" WHERE ranked.number = {table}.number",
        f"DROP INDEX {table}_by_age",
        f"CREATE INDEX {table}_by_activity ON {table} ({index})",
        f"CREATE TRIGGER {table}_added AFTER INSERT ON {table} BEGIN {count_up} END",
        f"CREATE TRIGGER {table}_changed AFTER UPDATE OF updated_at ON {table} BEGIN {count_up} END",
    )


ACTIVITY: tuple[str, ...] = (
    *_order_by_activity("conversations", ""),
    *_order_by_activity("results", "kind"),
)
