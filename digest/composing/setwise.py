"""One statement for many rows with values of their own each; works on SQLite and PostgreSQL.

`bulk_update` builds a CASE per row and column, which costs more than the whole rest of a digest;
`bulk_create(update_conflicts=True)` cannot say "only where the state still is what I read". The rows
travel as one JSON text, which the database takes apart itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func
from django.db.models.sql.compiler import SQLCompiler

from digest.compiled import Parameter


def update_rows(
    model: type[models.Model],
    rows: Sequence[tuple[int, Mapping[str, Any]]],
    *,
    shared: Mapping[str, Any],
    guard: Mapping[str, Any],
) -> int:
    """Set `shared` and each row's own columns on (id, own columns) pairs where `guard` still holds.

    A tuple in `guard` means any of its values. Returns the number of rows changed. Every row must
    name the same columns, and hold values as JSON knows them or the field takes them.
    """
    if not rows:
        return 0
    names = list(rows[0][1])
    packed = _pack([_field(model, name) for name in names], rows)
    return len(update_packed(model, packed, names=names, shared=shared, guard=guard))


def update_packed(
    model: type[models.Model],
    packed: str,
    *,
    names: Sequence[str],
    shared: Mapping[str, Any],
    guard: Mapping[str, Any],
) -> list[int]:
    """The same of rows that are JSON already, a list of lists: the id, then the columns of `names`.

    Returns the ids of the rows that were changed.
    """
    table = _quote(model._meta.db_table)  # noqa: SLF001  # Django documents _meta as public
    changes = [f"{_column(model, name)} = v.{_column(model, name)}" for name in names]
    changes += [f"{_column(model, name)} = %s" for name in shared]
    holds = [
        f"{table}.id = v.id",
        *(f"{table}.{_column(model, name)} IN ({_marks(value)})" for name, value in guard.items()),
    ]
    own = _unpack([model._meta.pk, *(_field(model, name) for name in names)])  # noqa: SLF001  # as above
    sql = f"UPDATE {table} SET {', '.join(changes)} FROM {own} WHERE {' AND '.join(holds)} RETURNING {table}.id"  # noqa: S608  # only names of ours
    parameters = [
        *_prepare(model, shared),
        packed,
        *(part for name, value in guard.items() for each in _choices(value) for part in _prepare(model, {name: each})),
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [int(pk) for (pk,) in cursor.fetchall()]


class Among(Func):
    """Whether a column holds one of many values. They travel as one: a placeholder each costs more."""

    output_field = models.BooleanField()

    def __init__(self, name: str, values: Iterable[int] | Iterable[str]) -> None:
        """`name`: the column, as `F` takes it. `values` may be the parameter of a compiled query."""
        super().__init__(F(name))
        self.values: Any = values if isinstance(values, Parameter) else list(values)

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # no template here
        """The condition for this database."""
        (source,) = self.source_expressions
        column, params = compiler.compile(source)
        write = _write_array if connection.vendor == "postgresql" else _write_list
        named = isinstance(self.values, Parameter)
        listed = Parameter(self.values.name, write) if named else write(self.values)
        if connection.vendor == "postgresql":
            kind = source.output_field.rel_db_type(connection)
            return f"{column} = ANY(%s::{kind}[])", [*params, listed]
        return f"{column} IN (SELECT value FROM json_each(%s))", [*params, listed]  # noqa: S608  # only a name of ours


def _write_list(values: Iterable[Any]) -> str:
    return json.dumps(list(values))


def _write_array(values: Iterable[Any]) -> Any:
    """As PostgreSQL reads an array; words are left to its driver, which knows what to quote."""
    listed = list(values)
    return listed if listed and isinstance(listed[0], str) else f"{{{json.dumps(listed)[1:-1]}}}"


def insert_copies(template: models.Model, *, key: str, values: Sequence[int]) -> int:
    """Insert the template once for each value of its `key`; what a constraint forbids stays out.

    Returns the number of rows that are new.
    """
    model = type(template)
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]  # noqa: SLF001  # as above
    columns = ", ".join(_column(model, field.name) for field in fields)
    taken = ", ".join("v.id" if field.name == key else "%s" for field in fields)
    source = _unpack([model._meta.pk])  # noqa: SLF001  # as above
    sql = (
        f"INSERT INTO {_quote(model._meta.db_table)} ({columns}) SELECT {taken} FROM {source}"  # noqa: S608, SLF001  # as above
        " WHERE true ON CONFLICT DO NOTHING"
    )
    own = {field.name: field.pre_save(template, add=True) for field in fields if field.name != key}
    with connection.cursor() as cursor:
        cursor.execute(sql, [*_prepare(model, own), json.dumps([[value] for value in values])])
        return int(cursor.rowcount)


def _pack(fields: Sequence[models.Field[Any, Any]], rows: Sequence[tuple[int, Mapping[str, Any]]]) -> str:
    """The rows as a JSON list of lists: the id, then each field's value."""
    # Plain values are JSON already; moments are written as this database writes them.
    moments = [field for field in fields if isinstance(field, models.DateTimeField)]
    packed = []
    for pk, own in rows:
        written = {field.name: field.get_db_prep_save(own[field.name], connection) for field in moments}
        packed.append([pk, *({**own, **written} if moments else own).values()])
    return json.dumps(packed, separators=(",", ":"), default=str)


def _unpack(fields: Sequence[Any]) -> str:
    """A JSON list of lists as a table `v` with these fields' columns."""
    reads = []
    for place, field in enumerate(fields):
        value, name = _read(field, place), _quote(field.column)
        reads.append(f"{value} AS {name}")
    # Taken apart once: as `json`, PostgreSQL would read a row's text again for each of its columns.
    rows = "jsonb_array_elements(%s::jsonb) AS packed(value)" if _on_postgres() else "json_each(%s)"
    return f"(SELECT {', '.join(reads)} FROM {rows}) AS v"  # noqa: S608  # only names of ours


def _read(field: models.Field[Any, Any], place: int) -> str:
    """One value of a packed row in the column's own type."""
    if not _on_postgres():
        return f"value -> '$[{place}]'" if isinstance(field, models.JSONField) else f"value ->> '$[{place}]'"
    if isinstance(field, models.JSONField):
        return f"value -> {place}"
    return f"CAST(value ->> {place} AS {field.rel_db_type(connection)})"


def _on_postgres() -> bool:
    return connection.vendor == "postgresql"


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


def _prepare(model: type[models.Model], values: Mapping[str, Any]) -> list[Any]:
    return [_field(model, name).get_db_prep_save(value, connection) for name, value in values.items()]
