"""Gunicorn's settings: `gunicorn -c python:digest.serving digest.wsgi`. Each may be overruled by an option.

Its logs take the same form as ours. Its own access log stays off, since paths carry tokens.
"""

from __future__ import annotations

from digest.env import env, log_format, log_level
from digest.logs import describe_logging

bind = env.str("BIND", default="127.0.0.1:8000")
workers = max(env.int("WEB_WORKERS", default=2), 1)
threads = max(env.int("WEB_THREADS", default=4), 1)
# A search of 500 characters, each of them twelve bytes in an address, must fit.
limit_request_line = 8190
# A page that takes longer is stuck; on TERM, pages under way may end.
timeout = 30
graceful_timeout = 20
keepalive = 5
# Memory that a page once needed comes back now and then, not in all processes at once.
max_requests = 10_000
max_requests_jitter = 1_000
# Heartbeats on a disk that hangs would look like dead workers.
worker_tmp_dir = "/dev/shm"  # noqa: S108  # nosec B108  # shared memory, with random names
accesslog = None
# Nobody commands it over a socket in somebody's home, which a service may not even be able to write to.
control_socket_disable = True
logconfig_dict = describe_logging(form=log_format(), level=log_level())
