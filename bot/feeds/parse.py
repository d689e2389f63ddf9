"""The parent's side of parsing: a small pool of child processes, their limits and their replacement. The event loop never parses."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import bot
from bot.feeds.identity import key_entries
from bot.feeds.options import FetchSettings
from bot.feeds.raw import LENGTH, MESSAGE_BYTES, Job, RawFeed, feed_from_fields, pack_job
from bot.feeds.results import Candidate, Parsed
from bot.model.articles import Entry
from bot.model.errors import FetchError

PIPE_BYTES = 256 * 1024
"""Handed to a child's pipe at once."""
ENDING_S = 1.0
"""For a child that closed its pipes to be gone."""
KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "VIRTUAL_ENV")
"""What a child inherits: no token, no database address."""


class _Child:
    """One parser process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.jobs = 0
        self.resident = 0

    @classmethod
    async def start(cls, memory_bytes: int) -> _Child:
        environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
        environment["PYTHONPATH"] = str(Path(bot.__file__).parent.parent)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "bot.feeds.parse_child", str(memory_bytes),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env=environment, start_new_session=True,
        )  # fmt: skip
        return cls(process)

    async def ask(self, job: Job, body: bytes) -> Mapping[str, object]:
        """One job. Raises ConnectionError or IncompleteReadError when the child ended."""
        sink, source = self.process.stdin, self.process.stdout
        if sink is None or source is None:
            raise RuntimeError("a parser without pipes")
        sink.write(pack_job(job))
        for start in range(0, len(body), PIPE_BYTES):
            sink.write(body[start : start + PIPE_BYTES])
            await sink.drain()
        size: int = LENGTH.unpack(await source.readexactly(LENGTH.size))[0]
        if size > MESSAGE_BYTES:
            raise ConnectionError("an answer of the parser beyond its bound")
        answer: dict[str, object] = json.loads(await source.readexactly(size))
        self.jobs += 1
        resident = answer.get("resident")
        self.resident = resident if isinstance(resident, int) else 0
        return answer

    async def end(self) -> int:
        """Kills the child, unless it ended by itself, and returns its exit status."""
        code = self.process.returncode
        if code is None and self.process.stdout is not None and self.process.stdout.at_eof():
            # It is ending by itself. To send a signal now would reap it behind asyncio's back, and its status would be lost.
            with suppress(TimeoutError):
                code = await asyncio.wait_for(self.process.wait(), ENDING_S)
        if code is None:
            self.process.kill()
            code = await self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
        return code


class ParserPool:
    """Parses bodies in child processes. An async context manager; children start when first needed.

    A child that exceeds its processor time, memory or the clock is ended and replaced: the body's job fails, no other does.
    """

    def __init__(self, settings: FetchSettings) -> None:
        self._settings = settings
        self._idle: asyncio.LifoQueue[_Child | None] = asyncio.LifoQueue()
        self._children: set[_Child] = set()
        for _ in range(settings.parsers):
            self._idle.put_nowait(None)

    async def __aenter__(self) -> ParserPool:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in tuple(self._children):
            self._children.discard(child)
            await child.end()

    async def feed(self, body: bytes, url: str, content_type: str | None = None) -> Parsed:
        """Reads a feed's body; ``url`` is the base of relative links.

        Raises FetchError: ``html_page``, ``not_a_feed``, ``malformed``, ``doctype``, ``hostile``, or for a body that hit a limit
        ``parser_cpu``, ``parser_memory``, ``parser_time``, ``parser_died``.
        """
        settings = self._settings
        job = Job(
            "feed", len(body), url=url, content_type=content_type or "", cpu_s=settings.parser_cpu_s,
            entries=settings.entries_cap, title_chars=settings.title_chars, summary_chars=settings.summary_chars,
        )  # fmt: skip
        fields = (await self._run(job, body)).get("feed")
        if not isinstance(fields, list):
            raise FetchError("parser_died", "an answer without a feed")
        return _parsed(feed_from_fields(fields))

    async def page(self, body: bytes, url: str, link_header: str = "") -> tuple[Candidate, ...]:
        """The feeds an HTML page names (``bot.feeds.discovery``)."""
        job = Job("page", len(body), url=url, link_header=link_header, cpu_s=self._settings.parser_cpu_s)
        return _candidates(await self._run(job, body))

    async def opml(self, body: bytes) -> tuple[Candidate, ...]:
        """The feeds of an OPML list (``bot.feeds.opml``)."""
        return _candidates(await self._run(Job("list", len(body), cpu_s=self._settings.parser_cpu_s), body))

    async def _run(self, job: Job, body: bytes) -> Mapping[str, object]:
        child = await self._idle.get()
        keep = False
        try:
            if child is None:
                child = await _Child.start(self._settings.parser_memory_bytes)
                self._children.add(child)
            answer = await self._ask(child, job, body)
            limits = self._settings
            error = answer.get("error")
            keep = (
                child.jobs < limits.parser_reuse
                and child.resident < limits.parser_retire_bytes
                and error != "parser_memory"
            )
            if error is not None:
                raise FetchError(str(error), str(answer.get("detail", "")))
            return answer
        finally:
            if not keep and child is not None:
                self._children.discard(child)
                await child.end()
            self._idle.put_nowait(child if keep else None)

    async def _ask(self, child: _Child, job: Job, body: bytes) -> Mapping[str, object]:
        limits = self._settings
        try:
            async with asyncio.timeout(limits.parser_wall_s):
                return await child.ask(job, body)
        except TimeoutError as e:
            raise FetchError("parser_time", f"not read within {limits.parser_wall_s:g} s") from e
        except (ConnectionError, asyncio.IncompleteReadError) as e:
            code = await child.end()
            if hasattr(signal, "SIGXCPU") and code == -signal.SIGXCPU:
                raise FetchError("parser_cpu", f"more than {limits.parser_cpu_s} s of processor time") from e
            raise FetchError("parser_died", f"the parser ended with status {code}") from e


def _parsed(raw: RawFeed) -> Parsed:
    entries = tuple(
        Entry(
            key="",
            guid=e.guid,
            link=e.link,
            title=e.title,
            summary=e.summary,
            published=_time(e.published),
            updated=_time(e.updated),
            author=e.author,
            language=e.language,
            source=e.source,
        )
        for e in raw.entries
    )
    return Parsed(
        entries=key_entries(entries),
        title=raw.title,
        language=raw.language,
        link=raw.link,
        whole=raw.whole,
        warning=raw.warning,
        ignored=raw.ignored,
        ttl_s=raw.ttl_s,
        update_s=raw.update_s,
        skip_hours=frozenset(raw.skip_hours),
        skip_days=frozenset(raw.skip_days),
    )


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _candidates(answer: Mapping[str, object]) -> tuple[Candidate, ...]:
    found = answer.get("found")
    return tuple(Candidate(str(url), str(title)) for url, title in found) if isinstance(found, list) else ()
