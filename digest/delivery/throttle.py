"""How fast mail may leave: one rate for the provider, one per recipient domain, shared by all workers."""

from __future__ import annotations

import logging
import time
from functools import cached_property
from typing import Any

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

# A virtual clock per limit (GCRA): each mail moves it on by 1/rate, and a mail may go while the
# clock is at most a second's worth ahead of the real one. Both limits are asked before either moves.
SCRIPT = """
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local wait = 0
for i, key in ipairs(KEYS) do
  local ahead = tonumber(redis.call('GET', key) or now) - now
  if ahead > 1 then wait = math.max(wait, ahead - 1) end
end
if wait > 0 then return tostring(wait) end
for i, key in ipairs(KEYS) do
  local clock = math.max(tonumber(redis.call('GET', key) or now), now) + 1 / tonumber(ARGV[i])
  redis.call('SET', key, string.format('%.6f', clock), 'PX', math.ceil((clock - now) * 1000) + 1000)
end
return '0'
"""
SOCKET_TIMEOUT = 2


class Throttle:
    """Asks for permission to send. Without limits in the settings it asks nobody."""

    def __init__(self) -> None:
        self._local: dict[str, float] = {}
        self.has_limits = bool(settings.SEND_RATE or any(settings.DOMAIN_RATES.values()))

    def wait_for(self, domain: str) -> float:
        """Seconds until a mail to this domain may go; 0 takes the permission."""
        limits = _limits(domain)
        if not limits:
            return 0.0
        try:
            keys = [f"paperboy:rate:{name}" for name in limits]
            return float(self._script(keys=keys, args=list(limits.values())))
        except redis.RedisError:
            logger.warning("The broker cannot be asked for the sending rate; this process keeps to it alone.")
            return self._wait_alone(limits)

    @cached_property
    def _script(self) -> Any:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=SOCKET_TIMEOUT, socket_connect_timeout=SOCKET_TIMEOUT
        )
        return client.register_script(SCRIPT)

    def _wait_alone(self, limits: dict[str, float]) -> float:
        now = time.monotonic()
        wait = max(self._local.get(name, now) - now - 1 for name in limits)
        if wait > 0:
            return wait
        for name, rate in limits.items():
            self._local[name] = max(self._local.get(name, now), now) + 1 / rate
        return 0.0


def _limits(domain: str) -> dict[str, float]:
    """Mails a second by limit's name; a rate of 0 is no limit."""
    rates = {"all": settings.SEND_RATE, f"to:{domain}": settings.DOMAIN_RATES.get(domain, 0.0)}
    return {name: rate for name, rate in rates.items() if rate > 0}
