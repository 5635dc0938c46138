"""Loaded by pytest before Django's settings: gives the run an environment of its own."""

from __future__ import annotations

import os
import tempfile

os.environ["DEBUG"] = "1"
os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="paperboy-tests-")
