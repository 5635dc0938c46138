"""The conductor: each task is one call into one stage."""

from __future__ import annotations
