"""Settings of this folder's property tests."""

from __future__ import annotations

import hypothesis

# A busy machine is slow now and then, which says nothing about the code.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")
