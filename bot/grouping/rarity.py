"""How much a key says: the rarer, the more. Counts of the window's stories over the shipped priors."""

from __future__ import annotations

from collections.abc import Iterable
from math import log

from bot.grouping.priors import Priors

PRIOR_DOCUMENTS = 1_000
"""The priors weigh like so many articles: a full window drowns them."""
SCALE = 16
"""Weights are whole sixteenths, so that sums over keys are exact and do not depend on their order."""
_UNSEEN = 1


class Rarity:
    """Inverse story frequencies. Stories are counted, not articles: a development that everyone reports must not make its own words common."""

    def __init__(self, priors: Priors) -> None:
        share = PRIOR_DOCUMENTS / priors.documents if priors.documents else 0.0
        self._prior = {k: round(n * share) for k, n in priors.counts.items() if round(n * share)}
        self._stories = 0
        self._counts: dict[str, int] = {}
        self._total = 0.0
        self._logs: list[float] = [0.0]
        self.count_stories(0)

    def count_stories(self, change: int) -> None:
        """Stories opened (+) or ended (-)."""
        self._stories += change
        self._total = SCALE * log(self._stories + PRIOR_DOCUMENTS + _UNSEEN)

    def add(self, keys: Iterable[str]) -> None:
        """Keys that are new to a story."""
        counts = self._counts
        for key in keys:
            counts[key] = counts.get(key, 0) + 1

    def remove(self, keys: Iterable[str]) -> None:
        """Keys that a story holds no more."""
        counts = self._counts
        for key in keys:
            if counts[key] == 1:
                del counts[key]
            else:
                counts[key] -= 1

    def of(self, key: str) -> int:
        """The weight of a key: minus the log of the share of stories that hold it, in sixteenths; at least 1."""
        seen = self._counts.get(key, 0) + self._prior.get(key, 0) + _UNSEEN
        while seen >= len(self._logs):
            self._logs.append(SCALE * log(len(self._logs)))
        return max(1, round(self._total - self._logs[seen]))
