"""How much a key says: the rarer, the more. Counts of the window's articles over the shipped priors."""

from __future__ import annotations

from math import log

from bot.grouping.priors import Priors
from bot.grouping.similarity import Member

PRIOR_DOCUMENTS = 2_000
"""The priors weigh like so many articles: they are drowned only by a full window."""
UNSEEN = 0.5


class Rarity:
    """Inverse document frequencies, learned from the articles in the window."""

    def __init__(self, priors: Priors) -> None:
        self._share = PRIOR_DOCUMENTS / priors.documents if priors.documents else 0.0
        self._prior = priors.counts
        self._documents = 0
        self._counts: dict[str, int] = {}
        self._weights = priors.weights

    def add(self, member: Member) -> None:
        self._documents += 1
        for key in member.keys:
            self._counts[key] = self._counts.get(key, 0) + 1

    def remove(self, member: Member) -> None:
        self._documents -= 1
        for key in member.keys:
            left = self._counts[key] - 1
            if left:
                self._counts[key] = left
            else:
                del self._counts[key]

    def of(self, key: str) -> float:
        """Weight of a key, about 0.2 to 10."""
        seen = self._counts.get(key, 0) + self._prior.get(key, 0) * self._share + UNSEEN
        total = self._documents + PRIOR_DOCUMENTS
        return log(1 + total / seen)
