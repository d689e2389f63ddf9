"""One guarded GET: sessions, headers, timeouts, and a body read under caps."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from bot.feeds.decoding import accept_encoding, make_decoder
from bot.feeds.guard import AddressRefusedError, is_private_pair, public_socket
from bot.feeds.options import FetchSettings
from bot.model.errors import FetchError

ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.5, */*;q=0.1"
)
CHUNK_BYTES = 64 * 1024
YIELD_BYTES = 256 * 1024
"""Decoded before other tasks get their turn."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response to one request. ``body`` is decoded, and read only for status 200; ``digest`` is its SHA-256 in hex."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    digest: str = ""
    wire_bytes: int = 0


class HttpClient:
    """Sends guarded GET requests. An async context manager: it owns its connections.

    Two doors: the public one makes connections to public addresses only; the private one is used for nothing but the exact
    ``host:port`` pairs that the operator allows, so a pooled private connection can never serve another feed.
    """

    def __init__(self, settings: FetchSettings) -> None:
        self._settings = settings
        self._public: aiohttp.ClientSession | None = None
        self._private: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> HttpClient:
        self._public = self._session(
            aiohttp.TCPConnector(socket_factory=public_socket, limit=self._settings.requests_at_once * 2)
        )
        if self._settings.allow_private:
            self._private = self._session(aiohttp.TCPConnector(limit=self._settings.requests_at_once * 2))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in (self._public, self._private):
            if session is not None:
                await session.close()

    def _session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            headers={
                "User-Agent": self._settings.user_agent,
                "Accept": ACCEPT,
                "Accept-Encoding": accept_encoding(),
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(
                total=None,
                connect=self._settings.connect_s,
                sock_connect=self._settings.connect_s,
                sock_read=self._settings.read_s,
            ),
        )

    async def get(
        self, url: URL, extra: Mapping[str, str], *, budget_s: float, private: bool, cap_bytes: int
    ) -> Answer:
        """Asks for ``url``, an address that ``guard.check_url`` let pass, following no redirect.

        ``extra``: headers of this request only. ``budget_s``: for the whole exchange, whatever trickles in. ``private``: whether the
        feed may use the operator's private pairs. ``cap_bytes``: of the decoded body. Raises FetchError with the reasons
        ``private_address``, ``dns``, ``connect``, ``tls``, ``timeout``, ``reset``, ``truncated``, ``too_large``, ``encoding``,
        ``bad_response``.
        """
        inside = private and is_private_pair(url, self._settings.allow_private)
        session = self._private if inside else self._public
        if session is None:
            raise RuntimeError("HttpClient is used outside of its context")
        try:
            async with (
                asyncio.timeout(budget_s),
                session.get(url, headers=dict(extra), allow_redirects=False) as response,
            ):
                return await self._read(response, cap_bytes)
        except TimeoutError as e:
            raise FetchError("timeout", "the exchange took too long") from e
        except aiohttp.ClientError as e:
            raise _fetch_error(e) from e
        except ssl.SSLError as e:
            raise FetchError("tls", _words(e)) from e
        except OSError as e:
            raise FetchError("reset", _words(e)) from e
        except ValueError as e:
            # aiohttp and yarl raise it for hosts that IDNA refuses and for header values that cannot be sent.
            raise FetchError("bad_address", _words(e)) from e

    async def _read(self, response: aiohttp.ClientResponse, cap_bytes: int) -> Answer:
        headers = CIMultiDict(response.headers)
        if response.status != 200:
            response.close()
            return Answer(response.status, headers)
        wire_cap = min(self._settings.wire_cap_bytes, cap_bytes)
        if response.content_length is not None and response.content_length > wire_cap:
            response.close()
            raise FetchError("too_large", f"{response.content_length} bytes announced, {wire_cap} are read")
        decoder = make_decoder(", ".join(headers.getall("Content-Encoding", [])))
        digest, parts, wire, size, since_yield = hashlib.sha256(), [], 0, 0, 0
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            wire += len(chunk)
            if wire > wire_cap:
                response.close()
                raise FetchError("too_large", f"more than {wire_cap} bytes sent")
            for part in decoder.feed(chunk):
                size += len(part)
                if size > cap_bytes:
                    response.close()
                    raise FetchError("too_large", f"more than {cap_bytes} bytes when decoded")
                digest.update(part)
                parts.append(part)
                # Buffered chunks come without waiting: without this, megabytes are decoded and hashed at one go (measured: 150 ms).
                since_yield += len(part)
                if since_yield >= YIELD_BYTES:
                    since_yield = 0
                    await asyncio.sleep(0)
        if wire:
            decoder.finish()
        return Answer(200, headers, b"".join(parts), digest.hexdigest(), wire)


def _fetch_error(error: aiohttp.ClientError) -> FetchError:
    reasons: tuple[tuple[type[Exception], str], ...] = (
        (aiohttp.ClientConnectorDNSError, "dns"),
        (aiohttp.ClientSSLError, "tls"),
        (aiohttp.ClientConnectorError, "connect"),
        (aiohttp.ServerTimeoutError, "timeout"),
        (aiohttp.InvalidURL, "bad_address"),
        (aiohttp.ClientPayloadError, "truncated"),
        (aiohttp.ClientResponseError, "bad_response"),
        (aiohttp.ClientConnectionError, "reset"),
    )
    # Several refused addresses of one name arrive joined into one plain OSError: only the words are left.
    refused = isinstance(error.__cause__, AddressRefusedError) or "not a public web address" in str(error)
    reason = (
        "private_address" if refused else next((r for kind, r in reasons if isinstance(error, kind)), "bad_response")
    )
    return FetchError(reason, _words(error))


def _words(error: Exception) -> str:
    return (str(error) or type(error).__name__).replace("\n", " ")[:200]
