"""A site as a stream of JSON lines and back: every row of every table that matters, with its number, on any database.

The first line says what it is, then come tables with their rows, parents before children; the last line counts.
Sessions, failed log-ins and heartbeats are not part of a site.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, models
from django.db.migrations.recorder import MigrationRecorder

FORMAT = 1
BATCH = 1_000
LEFT_OUT = frozenset({
    "auth.permission", "contenttypes.contenttype", "sessions.session", "papers.hostturn", "delivery.heartbeat",
    "subscriptions.attempt", "composing.lookahead",
})  # fmt: skip
LEFT_OUT_APPS = frozenset({"axes"})
# Made by `migrate` under numbers of their own: told by name.
NAMED: dict[type[models.Model], Callable[[Any], str]] = {
    ContentType: lambda row: f"{row.app_label}.{row.model}",
    Permission: lambda row: f"{row.content_type.app_label}.{row.content_type.model}.{row.codename}",
}


class TransferError(Exception):
    """The stream cannot be used; the text says why."""


def list_models() -> list[type[models.Model]]:
    """Every model that is part of a site, parents before children."""
    waiting = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.label_lower not in LEFT_OUT and model._meta.app_label not in LEFT_OUT_APPS  # noqa: SLF001  # documented
    ]
    done: list[type[models.Model]] = []
    while waiting:
        ready = [model for model in waiting if not _parents(model) & set(waiting) - {model}]
        done += ready
        waiting = [model for model in waiting if model not in ready]
    return done


def write_site(*, now: datetime) -> Iterator[str]:
    """The lines. Call inside a transaction that sees one moment."""
    yield _line({"paperboy": FORMAT, "made_at": now.isoformat(), "migrations": list_migrations()})
    counts: Counter[str] = Counter()
    names = {model: {row.pk: name(row) for row in _rows(model)} for model, name in NAMED.items()}
    for model in list_models():
        fields = _fields(model)
        label = model._meta.label_lower  # noqa: SLF001  # documented
        yield _line({"table": label, "columns": [field.attname for field in fields]})
        rows = _rows(model).order_by("pk").values_list(*[field.attname for field in fields])
        for row in rows.iterator(chunk_size=BATCH):
            counts[label] += 1
            yield _line([_pack(value, field, names) for value, field in zip(row, fields, strict=True)])
    yield _line({"end": True, "counts": dict(counts)})


def read_head(line: str) -> dict[str, Any]:
    """The first line. Raises TransferError for another format or other tables than ours."""
    try:
        head = json.loads(line)
        is_ours = head["paperboy"] == FORMAT
    except (ValueError, KeyError, TypeError):
        raise TransferError("This is no copy that `manage.py export_site` made.") from None
    if not is_ours:
        raise TransferError(f"The copy has format {head['paperboy']}; this version reads {FORMAT}.")
    if head["migrations"] != list_migrations():
        raise TransferError("The copy was made by another version: run that one's import, then upgrade.")
    return dict(head)


def read_site(lines: Iterable[str]) -> Counter[str]:
    """Store the rows that follow the first line; return how many of which table. Call inside a transaction.

    Raises TransferError where the stream is cut short or makes no sense.
    """
    known = {model._meta.label_lower: model for model in list_models()}  # noqa: SLF001  # documented
    numbers = {model: {name(row): row.pk for row in _rows(model)} for model, name in NAMED.items()}
    for model in reversed(known.values()):
        _rows(model).delete()
    counts: Counter[str] = Counter()
    stream = _parse(lines)
    head = next(stream, None)
    with _moments_as_told(known.values()):
        while isinstance(head, dict) and "table" in head:
            model = known[head["table"]]
            fields = {field.attname: field for field in _fields(model)}
            columns = [fields[name] for name in head["columns"]]
            head = _store(model, columns, stream, numbers, counts)
    if not isinstance(head, dict) or head.get("counts") != dict(counts):
        raise TransferError("The copy is cut short or was changed: its counts do not fit.")
    _reset_sequences(list(known.values()))
    return counts


def list_migrations() -> list[str]:
    """The last migration of each app, as the database knows it."""
    applied = MigrationRecorder(connection).applied_migrations()
    last = {app: max(name for other, name in applied if other == app) for app, _ in applied}
    return sorted(f"{app}.{name}" for app, name in last.items())


def _store(
    model: type[models.Model], columns: list[Any], stream: Iterator[Any], numbers: Any, counts: Counter[str]
) -> Any:
    """Store a table's rows; return the line behind them."""
    label = model._meta.label_lower  # noqa: SLF001  # documented
    behind: list[Any] = []

    def rows() -> Iterator[models.Model]:
        for line in stream:
            if not isinstance(line, list):
                behind.append(line)
                return
            yield model(**{
                field.attname: _unpack(value, field, numbers) for value, field in zip(line, columns, strict=True)
            })  # fmt: skip

    waiting = rows()
    while batch := list(islice(waiting, BATCH)):
        _rows(model).bulk_create(batch)
        counts[label] += len(batch)
    return behind[0] if behind else None


@contextmanager
def _moments_as_told(found: Iterable[type[models.Model]]) -> Iterator[None]:
    """Keep columns that note the last change from noting this one."""
    fields = [field for model in found for field in _fields(model) if getattr(field, "auto_now", False)]
    for field in fields:
        field.auto_now = False
    try:
        yield
    finally:
        for field in fields:
            field.auto_now = True


def _parse(lines: Iterable[str]) -> Iterator[Any]:
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            raise TransferError("The copy holds a line that is no JSON: it is cut short or damaged.") from None


def _rows(model: type[models.Model]) -> models.QuerySet[Any]:
    return models.QuerySet(model)


def _parents(model: type[models.Model]) -> set[type[models.Model]]:
    return {field.related_model for field in _fields(model) if isinstance(field.related_model, type)}


def _fields(model: type[models.Model]) -> list[Any]:
    return list(model._meta.concrete_fields)  # noqa: SLF001  # documented


def _pack(value: Any, field: Any, names: Any) -> Any:
    if value is not None and field.related_model in NAMED:
        return names[field.related_model][value]
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    return value.isoformat() if isinstance(value, date) else value


def _unpack(value: Any, field: Any, numbers: Any) -> Any:
    if value is None:
        return None
    if field.related_model in NAMED:
        return numbers[field.related_model][value]
    if isinstance(field, models.BinaryField):
        return base64.b64decode(value)
    return value if isinstance(field, models.JSONField) else field.to_python(value)


def _reset_sequences(found: list[type[models.Model]]) -> None:
    """Rows came with their numbers: the next ones must not begin at 1."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), found):
            cursor.execute(statement)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
