"""What Discord's refusals mean for a delivery: retry, blocked destination, deleted message, or a message it will never take.

Codes: documentation, Opcodes and Status Codes, JSON Error Codes.
"""

from __future__ import annotations

import discord

from bot.model.errors import SinkBlocked, SinkError, SinkMessageGone, SinkRejected, SinkRetry

UNKNOWN_CHANNEL = 10003
UNKNOWN_MESSAGE = 10008
FORUM_NEEDS_POST = 40058
NOT_A_TEXT_CHANNEL = 50008
ARCHIVED = 50083
ALREADY_PUBLISHED = 40033
LOCKED = frozenset({ARCHIVED, 160005})
"""Archived, or locked by a moderator."""

_GONE = frozenset({UNKNOWN_CHANNEL, 10004, 10013})
"""Channel, server or user do not exist any more."""
_BLOCKED = frozenset({50001, 50007, NOT_A_TEXT_CHANNEL, 50013, 50024, 50278, ARCHIVED, 160005})
"""No access, closed direct messages, wrong kind of channel, no permission, no mutual server, archived or locked thread."""
_WAIT_S = {40003: 60.0, 20016: 60.0, 30046: 900.0, 20022: 600.0, 20028: 60.0}
"""Opening direct messages too fast, slow mode, too many edits of old messages, publishing, write rate limit of a channel: seconds to wait."""
_NEVER_SENT = frozenset({"ClientConnectorError", "ClientConnectorDNSError", "ClientConnectorCertificateError"})


def sink_error(error: Exception) -> SinkError | None:
    """The delivery's error for what discord.py raised; None for anything that is no refusal and no network trouble (a defect of ours)."""
    if isinstance(error, SinkError):
        return error
    if isinstance(error, discord.RateLimited):
        return SinkRetry(f"rate limited for {error.retry_after:.1f} s", after_s=error.retry_after)
    if isinstance(error, discord.HTTPException):
        return _http(error)
    if isinstance(error, discord.DiscordException):
        return SinkRetry(f"{type(error).__name__}: {error}", maybe_done=True)
    if is_network(error):
        sent = type(error).__name__ not in _NEVER_SENT
        return SinkRetry(f"no answer from Discord ({type(error).__name__})", maybe_done=sent)
    return None


def _http(error: discord.HTTPException) -> SinkError:
    code, status = error.code, error.status
    text = f"HTTP {status}, code {code}: {error.text[:200]}"
    if code == UNKNOWN_MESSAGE:
        return SinkMessageGone(text)
    if code in _GONE:
        return SinkBlocked(text, code, gone=True)
    if code in _WAIT_S:
        return SinkRetry(text, after_s=_WAIT_S[code])
    if status == 429:
        return SinkRetry(text, after_s=retry_after(error))
    if code in _BLOCKED:
        return SinkBlocked(text, code)
    if status >= 500:
        return SinkRetry(text, maybe_done=True)
    if status == 401:
        # The token was taken back: the connection will say so to the operator; nothing is lost meanwhile.
        return SinkRetry(text, after_s=300.0)
    if status == 403 and code not in {200000, 240000}:
        # 200000 and 240000 are filters that refuse this very text.
        return SinkBlocked(text, code or status)
    if status in {408, 425}:
        return SinkRetry(text, maybe_done=True)
    return SinkRejected(text, code or status)


def retry_after(error: discord.HTTPException) -> float:
    """Seconds a 429 asks to wait, at least one."""
    value = error.response.headers.get("Retry-After", "")
    try:
        return max(1.0, float(value))
    except ValueError:
        return 30.0


def is_network(error: BaseException) -> bool:
    """Whether ``error`` is trouble on the way to Discord. Its kinds are many (discord.py issue 8426): operating system, time-out, aiohttp."""
    if isinstance(error, OSError | TimeoutError | EOFError):
        return True
    return any(kind.__module__.split(".")[0] == "aiohttp" for kind in type(error).__mro__)
