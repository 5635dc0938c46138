"""A whole installation for journeys."""

from __future__ import annotations

import pytest

from tests.conftest import Processes, SmtpSink


@pytest.fixture
def fleet(processes: Processes, smtp_sink: SmtpSink, live_site: str) -> Processes:
    """A worker and beat that send to the sink and link to the live site."""
    processes.environment |= {"EMAIL_URL": smtp_sink.url, "SITE_URL": live_site}
    processes.start_worker()
    processes.start_beat()
    return processes
