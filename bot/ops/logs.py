"""The operator's log: one line an event, JSON in a container and readable in a terminal, with every secret masked in one place.

Everything goes through it, the standard library's loggers of discord.py, aiohttp, APScheduler and SQLAlchemy too. It writes to standard error:
standard output belongs to messages and machine output.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "[masked]"

_TOKEN_SHAPES = (
    # A bot token: the account's number in base64, a time and a signature, joined by points (Discord developer documentation, Reference).
    re.compile(r"(?<![\w.-])[A-Za-z0-9_-]{17,30}\.[A-Za-z0-9_-]{5,8}\.[A-Za-z0-9_-]{25,110}(?![\w-])"),
    re.compile(r"\bmfa\.[A-Za-z0-9_-]{20,}"),
    re.compile(r"(?i)(?<=\bBot )[A-Za-z0-9_.-]{20,}"),
    # Interaction and webhook tokens stand in addresses: /webhooks/{id}/{token}, /interactions/{id}/{token}.
    re.compile(r"(?<=/webhooks/)(\d+/)[A-Za-z0-9_.%-]{20,}"),
    re.compile(r"(?<=/interactions/)(\d+/)[A-Za-z0-9_.%-]{20,}"),
)
_PASSWORD = re.compile(r"(?<=://)([^/@:\s]*):[^/@\s]+@")
_SECRET_NAMES = re.compile(r"(?i)^(token|authorization|password|secret|discord_token)$")


class SecretFilter:
    """Masks the token and whatever looks like one, in every text of an event however deep, and in tracebacks."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        # A very short "secret" would mask ordinary words; no real one is shorter than this.
        self._secrets = tuple(secret for secret in secrets if len(secret) >= 8)

    def mask(self, text: str) -> str:
        """``text`` with secrets replaced by MASK. The account's name in an address with a password stays."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        for shape in _TOKEN_SHAPES:
            text = shape.sub(lambda found: (found.group(1) if found.re.groups else "") + MASK, text)
        return _PASSWORD.sub(rf"\1:{MASK}@", text)

    def clean(self, value: object) -> object:
        """The same for any value that may stand in an event."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, bytes):
            return self.mask(value.decode("utf-8", "replace"))
        if isinstance(value, Mapping):
            return {
                self.clean(key): MASK if _SECRET_NAMES.match(str(key)) and inner else self.clean(inner)
                for key, inner in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [self.clean(inner) for inner in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return self.mask(str(value))

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        """A processor of structlog."""
        # structlog's own keys are objects that its formatter needs as they are; it takes them out before the line is written.
        return {
            key: value
            if key in {"_record", "_from_structlog"}
            else MASK
            if _SECRET_NAMES.match(key) and value
            else self.clean(value)
            for key, value in event.items()
        }


def configure_logging(
    level: Literal["debug", "info", "warning", "error"],
    form: Literal["auto", "json", "console"],
    *,
    secrets: Sequence[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Sets up structlog and the standard library's logging, once at the start of a process. ``secrets`` are masked wherever they appear.

    ``form`` ``auto``: readable when ``stream`` (default standard error) is a terminal, JSON otherwise.
    """
    out = stream if stream is not None else sys.stderr
    readable = form == "console" or (form == "auto" and out.isatty())
    threshold = getattr(logging, level.upper())
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        # Tracebacks become text here, so that the filter sees them too.
        structlog.processors.format_exc_info,
        SecretFilter(secrets),
    ]
    last: Processor = (
        structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)
        if readable
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(threshold)
    # These tell at «info» what concerns only their own makers.
    for name in (
        "apscheduler",
        "alembic",
        "sqlalchemy",
        "aiosqlite",
        "psycopg",
        "pymorphy3",
        "aiohttp.access",
        "matplotlib",
        "asyncio",
    ):
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
