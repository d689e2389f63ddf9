"""Rate limits: buckets per route and major parameter, and the global limit (docs, topics/rate-limits)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """``count`` requests in ``seconds``; ``code`` and ``shared`` for the limits of a resource (crosspost: 20022)."""

    count: int
    seconds: float
    shared: bool = False
    code: int = 0


CREATE_MESSAGE = ("POST", "/channels/{channel_id}/messages")
EDIT_MESSAGE = ("PATCH", "/channels/{channel_id}/messages/{message_id}")
CROSSPOST = ("POST", "/channels/{channel_id}/messages/{message_id}/crosspost")
DEFAULTS: dict[tuple[str, str], Limit] = {
    CREATE_MESSAGE: Limit(5, 5.0),
    EDIT_MESSAGE: Limit(5, 5.0),
    CROSSPOST: Limit(10, 3600.0, shared=True, code=20022),
}


@dataclass(slots=True)
class _Window:
    opened: float
    used: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the limits say of one request; ``retry_after`` in seconds is set when it is refused."""

    headers: dict[str, str]
    retry_after: float | None = None
    scope: str = "user"
    code: int = 0


class RateLimits:
    """``monotonic`` counts the windows, ``wall`` (Unix seconds) dates their ends. A window opens with its first request."""

    def __init__(self, monotonic: Callable[[], float], wall: Callable[[], float], *, global_count: int = 50) -> None:
        self._monotonic = monotonic
        self._wall = wall
        self.limits = dict(DEFAULTS)
        self.other = Limit(50, 1.0)
        self.global_count = global_count
        self._windows: dict[tuple[str, str, str], _Window] = {}
        self._global = _Window(float("-inf"))

    def reset(self) -> None:
        self._windows.clear()
        self._global = _Window(float("-inf"))

    def take(self, method: str, route: str, major: str, *, counts_globally: bool) -> Verdict:
        """Counts one request; refused ones do not count against the window."""
        now = self._monotonic()
        if counts_globally:
            if now - self._global.opened >= 1.0:
                self._global = _Window(now)
            if self._global.used >= self.global_count:
                wait = self._global.opened + 1.0 - now
                return Verdict({"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}, wait, "global")
            self._global.used += 1
        limit = self.limits.get((method, route), self.other)
        key = (method, route, major)
        window = self._windows.get(key)
        if window is None or now - window.opened >= limit.seconds:
            if len(self._windows) > 10_000:
                self._windows.clear()
            window = self._windows[key] = _Window(now)
        left = window.opened + limit.seconds - now
        refused = window.used >= limit.count
        if not refused:
            window.used += 1
        headers = {
            "X-RateLimit-Limit": str(limit.count),
            "X-RateLimit-Remaining": str(limit.count - window.used),
            "X-RateLimit-Reset": f"{self._wall() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": hashlib.md5(f"{method} {route}".encode()).hexdigest(),
        }
        if not refused:
            return Verdict(headers)
        scope = "shared" if limit.shared else "user"
        return Verdict(headers | {"X-RateLimit-Scope": scope}, left, scope, limit.code)
