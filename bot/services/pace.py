"""How fast may be sent: as many requests a second as Discord allows a bot, and no more to a place than its limit lets through.

discord.py waits out a place's limit by itself, but holds the request meanwhile, and it learns of the limit for the whole bot only by exceeding
it. Here nothing is begun that would have to wait: a place that has had its share rests while others are served.
"""

from __future__ import annotations

from collections import deque

from bot.model.ports import Clock

REQUESTS_A_SECOND = 40.0
"""Discord allows a bot 50 (documentation, Rate Limits); the rest is left to commands and to requests that end late."""

SHARE = 5
"""Messages that a place takes at once…"""


class Pace:
    """The pace of one sender."""

    def __init__(self, clock: Clock, *, place_gap_s: float = 1.0) -> None:
        """``place_gap_s``: seconds a message costs its place; ``SHARE`` of them may come at once. 0: no limit of ours."""
        self._clock = clock
        self._window = place_gap_s * SHARE
        self._ended: dict[int, deque[float]] = {}
        self._next = 0.0

    async def turn(self) -> None:
        """Waits for the next request's turn among all."""
        now = self._clock.monotonic()
        at = max(now, self._next)
        self._next = at + 1 / REQUESTS_A_SECOND
        if at > now:
            await self._clock.sleep(at - now)

    def done(self, place: int) -> None:
        """A request to a place has ended. Its end counts: Discord's window begins no later."""
        if self._window > 0:
            self._ended.setdefault(place, deque(maxlen=SHARE)).append(self._clock.monotonic())

    def resting(self) -> dict[int, float]:
        """The places that have had their share, and in how many seconds they may be served again."""
        now = self._clock.monotonic()
        over = [place for place, ended in self._ended.items() if ended[-1] + self._window <= now]
        for place in over:
            del self._ended[place]
        return {
            place: wait
            for place, ended in self._ended.items()
            if len(ended) == SHARE and (wait := ended[0] + self._window - now) > 0
        }
