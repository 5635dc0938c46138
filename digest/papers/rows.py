"""Writes many rows of one table with few statements and without an object for each, for imports.

`bulk_create` prepares every value by itself, which costs more than the database's own work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

Row = Sequence[Any]
# Values of these are written as they are; of the others each database has a form of its own.
_PLAIN = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.FloatField)
# PostgreSQL takes 65,535 values in one statement.
_MOST_VALUES = 30_000


def insert_rows(
    model: type[models.Model],
    names: Sequence[str],
    rows: Iterable[Row],
    *,
    unique: Sequence[str] = (),
    update: Sequence[str] = (),
    newest: str = "",
    returning: bool = False,
) -> list[int]:
    """Insert rows with these columns; return their new numbers if asked to.

    With `unique` and `update`, a row that is there takes the new values of `update`, with `newest` only where
    the new row is no earlier by that column. With neither, one that would break a rule is passed over, unless
    numbers are asked for: then the database's error is raised.
    """
    fields = [_column(model, name) for name in names]
    head, tail = _frame(model, fields, unique=unique, update=update, newest=newest, returning=returning)
    one = f"({', '.join(['%s'] * len(fields))})"
    # The thing itself: its stand-in looks it up anew at each touch.
    wrapper = connections[DEFAULT_DB_ALIAS]
    writers = [_writer(field, wrapper) for field in fields]
    height = max(1, (wrapper.features.max_query_params or _MOST_VALUES) // len(fields))
    found: list[int] = []
    stream = iter(rows)
    with wrapper.cursor() as cursor:
        while batch := list(islice(stream, height)):
            values = [_write(row, writers) for row in batch]
            cursor.execute(f"{head}{', '.join([one] * len(batch))}{tail}", tuple(chain.from_iterable(values)))
            if returning:
                found += [number for (number,) in cursor.fetchall()]
    return found


def _column(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = model._meta.get_field(name)  # noqa: SLF001  # documented
    assert isinstance(field, models.Field)
    return field


def _frame(
    model: type[models.Model],
    fields: Sequence[models.Field[Any, Any]],
    *,
    unique: Sequence[str],
    update: Sequence[str],
    newest: str,
    returning: bool,
) -> tuple[str, str]:
    """What stands before the values and behind them. Every name in it is one of a model's own."""
    quote = connection.ops.quote_name
    columns = {field.name: quote(str(field.column)) for field in fields}
    table = quote(model._meta.db_table)  # noqa: SLF001  # documented
    head = f"INSERT INTO {table} ({', '.join(columns.values())}) VALUES "  # noqa: S608  # nosec B608  # see above
    if returning:
        return head, f" RETURNING {quote('id')}"
    if not update:
        return head, " ON CONFLICT DO NOTHING"
    setting = ", ".join(f"{columns[name]} = excluded.{columns[name]}" for name in update)
    if newest:
        setting += f" WHERE {table}.{columns[newest]} <= excluded.{columns[newest]}"
    return head, f" ON CONFLICT ({', '.join(columns[name] for name in unique)}) DO UPDATE SET {setting}"


def _writer(field: models.Field[Any, Any], wrapper: BaseDatabaseWrapper) -> Callable[[Any], Any] | None:
    """How a value is written; None for as it is."""
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(target, _PLAIN):
        return None

    def write(value: Any) -> Any:
        return None if value is None else field.get_db_prep_save(value, wrapper)

    if isinstance(target, models.JSONField):
        return _write_empty_lists_once(write)
    # Nearly all rows of a batch tell the same days and moments.
    return lru_cache(maxsize=64)(write) if isinstance(target, models.DateField) else write


def _write_empty_lists_once(write: Callable[[Any], Any]) -> Callable[[Any], Any]:
    empty = write([])

    def write_list(value: Any) -> Any:
        return empty if isinstance(value, list) and not value else write(value)

    return write_list


def _write(row: Row, writers: Sequence[Callable[[Any], Any] | None]) -> list[Any]:
    return [write(value) if write else value for value, write in zip(row, writers, strict=True)]
