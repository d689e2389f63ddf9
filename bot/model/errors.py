"""The errors of the house, by what the caller can do about them."""

from __future__ import annotations


class VigieError(Exception):
    """Every error of our own. Its text names the thing and says what to do next; it is fit for an operator's eyes."""


class ConfigurationError(VigieError):
    """The operator must mend the configuration. ``problems``: one line each, ``file:line: field: what is wrong; what is accepted``."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UsageError(VigieError):
    """What a person typed cannot be used as it is; the text says what would be accepted."""


class QuotaError(UsageError):
    """The person or server has used up an allowance. ``limit`` is the allowance."""

    def __init__(self, text: str, limit: int) -> None:
        super().__init__(text)
        self.limit = limit


class NotFoundError(UsageError):
    """The named thing does not exist, or is not this person's."""


class StoreError(VigieError):
    """The database cannot do this now (locked, full, read-only, gone). Nothing was written; try again later."""


class StoreVersionError(StoreError):
    """The database was written by a newer version of Vigie. Upgrade Vigie or restore a backup."""


class FetchError(VigieError):
    """A feed could not be fetched or parsed. ``reason`` is a short stable word (``timeout``, ``refused``, ``too_large`` ...)."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class SinkError(VigieError):
    """A message could not be posted or edited."""


class SinkRetry(SinkError):
    """Try later. ``after_s``: seconds to wait, if known. ``maybe_done``: True when the request may have been carried out."""

    def __init__(self, text: str, after_s: float | None = None, maybe_done: bool = False) -> None:
        super().__init__(text)
        self.after_s = after_s
        self.maybe_done = maybe_done


class SinkBlocked(SinkError):
    """This destination cannot be reached until somebody mends it. ``code`` is Discord's error code or HTTP status."""

    def __init__(self, text: str, code: int, gone: bool = False) -> None:
        super().__init__(text)
        self.code = code
        self.gone = gone


class SinkMessageGone(SinkError):
    """The message was delivered and has since been deleted (Discord's 10008)."""


class SinkRejected(SinkError):
    """Discord refuses this very message (a fault of ours): retrying the same cannot help. ``code`` as Discord gave it."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code
