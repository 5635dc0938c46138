"""Tokens for the API's tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from digest.api.tokens import make_token
from tests.factories import NOW

Caller = Callable[..., Client]


@pytest.fixture
def caller(db: None) -> Caller:
    """A program with these scopes."""

    def enter(*scopes: str, **values: Any) -> Client:
        key = make_token(name=f"program {scopes}", scopes=scopes, now=NOW, **values)
        return Client(headers={"Authorization": f"Bearer {key}"})

    return enter
