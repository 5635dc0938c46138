"""Queries that are put together once and asked again and again, with other values each time.

Django writes the text of a statement anew whenever a query is asked, which takes it several times as long as
PostgreSQL needs to answer. A range of digests asks twenty, so that was a tenth of what a letter costs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import date, datetime
from functools import update_wrapper
from typing import Any, Generic, NamedTuple, ParamSpec

from django.core.exceptions import EmptyResultSet
from django.core.signals import setting_changed
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, QuerySet
from django.db.models.sql.compiler import SQLCompiler

P = ParamSpec("P")
Row = tuple[Any, ...]


class Parameter(Expression):
    """Stands in a query for a value that comes with each asking. `write`: how the database is given it."""

    def __init__(self, name: str, write: Callable[[Any], Any] | None = None) -> None:
        super().__init__()
        self.name = name
        self.write = write or _write

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:  # noqa: ARG002  # Django's signature
        """A placeholder, and itself for its value."""
        return "%s", [self]


class _Statement(NamedTuple):
    """The text with its placeholders, their values or parameters, and who reads the rows."""

    text: str
    marks: Sequence[Any]
    compiler: SQLCompiler


class _Known(threading.local):
    """A thread's statements: each reads rows with the connection it was made for, which is one thread's own."""

    def __init__(self) -> None:
        self.statements: dict[Hashable, _Statement | None] = {}


class CompiledQuery(Generic[P]):
    """Asks what `build` makes: a query of `values_list`.

    What is given by name may be another value each time: `build` meets a `Parameter` in its place, once.
    What is given by position takes part in building; another value there is another statement.
    """

    # A claim has a statement for each number of rows that it may take; the others have a few.
    MOST = 64
    # Counts the changes of settings, which take part in building as well.
    settings_changed = 0

    def __init__(self, build: Callable[P, QuerySet[Any, Any]]) -> None:
        update_wrapper(self, build)
        self._build: Callable[..., QuerySet[Any, Any]] = build
        self._known = _Known()

    def __call__(self, *shape: P.args, **values: P.kwargs) -> list[Row]:
        """The rows that the query finds with these values."""
        statement = self._find(shape, values)
        if statement is None:
            return []
        given = [mark.write(values[mark.name]) if isinstance(mark, Parameter) else mark for mark in statement.marks]
        with connection.cursor() as cursor:
            cursor.execute(statement.text, given)
            rows: Iterable[Any] = statement.compiler.results_iter([cursor.fetchall()], tuple_expected=True)
            return list(rows)

    def _find(self, shape: Hashable, names: Iterable[str]) -> _Statement | None:
        known, key = self._known.statements, (CompiledQuery.settings_changed, shape)
        if key not in known:
            if len(known) >= self.MOST:
                known.clear()
            known[key] = self._compile(shape, names)
        return known[key]

    def _compile(self, shape: Any, names: Iterable[str]) -> _Statement | None:
        query = self._build(*shape, **{name: Parameter(name) for name in names}).query
        compiler = query.get_compiler(connection=connection)
        try:
            text, marks = compiler.as_sql()
        except EmptyResultSet:
            # It can be told without asking that there is nothing to be found.
            return None
        # Then rows would hold more than was asked for.
        assert not compiler.has_extra_select
        return _Statement(text, marks, compiler)


def compiled(build: Callable[P, QuerySet[Any, Any]]) -> CompiledQuery[P]:
    """Decorates what builds a query: it is put together once, and asked with each call."""
    return CompiledQuery(build)


def _write(value: Any) -> Any:
    """A value as this database takes it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value


def _forget_all(**_: Any) -> None:
    CompiledQuery.settings_changed += 1


setting_changed.connect(_forget_all, dispatch_uid="digest.compiled")
