"""One UPDATE for many rows with values of their own each; works on SQLite and PostgreSQL.

`bulk_update` builds a CASE per row and column, which costs more than the whole rest of a digest;
`bulk_create(update_conflicts=True)` cannot say "only where the state still is what I read".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models


def update_rows(
    model: type[models.Model],
    rows: Sequence[tuple[int, Mapping[str, Any]]],
    *,
    shared: Mapping[str, Any],
    guard: Mapping[str, Any],
) -> int:
    """Set `shared` and each row's own columns on (id, own columns) pairs where `guard` still holds.

    A tuple in `guard` means any of its values. Returns the number of rows changed. Every row must
    name the same columns.
    """
    if not rows:
        return 0
    names = list(rows[0][1])
    table = _quote(model._meta.db_table)  # noqa: SLF001  # Django documents _meta as public
    changes = [_assign(model, name, f"v.column{place}") for place, name in enumerate(names, start=2)]
    changes += [f"{_column(model, name)} = %s" for name in shared]
    holds = [
        f"{table}.id = v.column1",
        *(f"{table}.{_column(model, name)} IN ({_marks(value)})" for name, value in guard.items()),
    ]
    values = ", ".join([f"({', '.join(['%s'] * (len(names) + 1))})"] * len(rows))
    sql = f"UPDATE {table} SET {', '.join(changes)} FROM (VALUES {values}) AS v WHERE {' AND '.join(holds)}"  # noqa: S608  # only names of ours
    parameters = [
        *_prepare(model, shared),
        *(part for pk, own in rows for part in (pk, *_prepare(model, own))),
        *(part for name, value in guard.items() for each in _choices(value) for part in _prepare(model, {name: each})),
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


def _choices(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _marks(value: Any) -> str:
    return ", ".join(["%s"] * len(_choices(value)))


def _quote(name: str) -> str:
    return str(connection.ops.quote_name(name))


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = model._meta.get_field(name)  # noqa: SLF001  # as above
    assert isinstance(field, models.Field)
    return field


def _column(model: type[models.Model], name: str) -> str:
    return _quote(str(_field(model, name).column))


def _assign(model: type[models.Model], name: str, value: str) -> str:
    """PostgreSQL takes a bare VALUES list as text; SQLite stores what it is given."""
    if connection.vendor == "postgresql":
        value = f"CAST({value} AS {_field(model, name).db_type(connection)})"
    return f"{_column(model, name)} = {value}"


def _prepare(model: type[models.Model], values: Mapping[str, Any]) -> list[Any]:
    return [_field(model, name).get_db_prep_save(value, connection) for name, value in values.items()]
