"""Which addresses a feed may have: the URL rules, and the check of the very address a connection goes to.

The URL check gives an early, clear answer; the protection is ``public_socket``. aiohttp calls it with the exact address of every
connection, after name resolution, for literals and redirect hops too, so the checked address is the connected one and no rebinding
window is left (as Go's ``Dialer.Control``). An own resolver alone would protect nothing: it is not asked for IP literals.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection

from yarl import URL

from bot.model.errors import FetchError

AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]
"""One row of ``socket.getaddrinfo``."""

HostPort = tuple[str, int]

PRIVATE_SUFFIXES = (
    "local", "internal", "onion", "localhost", "localdomain", "lan", "intranet", "corp", "home", "private", "arpa", "i2p", "alt",
)  # fmt: skip
"""Last labels that never name a public site (RFC 6761, 6762, 7686, 9476, ICANN's ``internal`` and names in common private use)."""

_IPV4_NOT_PUBLIC = tuple(map(ipaddress.IPv4Network, ("192.0.0.0/24", "192.88.99.0/24")))
_IPV6_PUBLIC = ipaddress.IPv6Network("2000::/3")
# 2001::/23 holds Teredo and other protocol assignments, 2002::/16 is 6to4: both can carry an IPv4 address inside.
_IPV6_NOT_PUBLIC = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2002::/16", "3fff::/20")))


class AddressRefusedError(OSError):
    """The connection would go to an address that is not public. An OSError, because aiohttp expects one of a socket factory."""


def is_public(address: str) -> bool:
    """Answers whether ``address`` (an IP literal, zone allowed) is a public unicast address.

    ``ipaddress.is_global`` alone is not enough: Python 3.11 calls multicast, NAT64, 6to4 and site-local addresses global.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is None:
            return ip in _IPV6_PUBLIC and ip.is_global and not any(ip in net for net in _IPV6_NOT_PUBLIC)
        ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in _IPV4_NOT_PUBLIC)


def public_socket(info: AddressInfo) -> socket.socket:
    """A socket factory for ``aiohttp.TCPConnector``: makes a socket for a public address and port 80 or 443, refuses every other.

    Raises AddressRefusedError.
    """
    family, kind, protocol, _, address = info
    if not is_public(str(address[0])) or address[1] not in (80, 443):
        raise AddressRefusedError(f"{address[0]} port {address[1]} is not a public web address")
    return socket.socket(family=family, type=kind, proto=protocol)


def to_url(text: str) -> URL:
    """Reads an address without rewriting it: what is valid stays byte for byte as it was given (rule 6), the fragment goes.

    Raises FetchError ``bad_address``.
    """
    text = text.strip(" \t\r\n")
    if not text.isprintable():
        raise FetchError("bad_address", "control characters in the address")
    plain = text.isascii() and not any(c in ' "<>\\^`{|}' for c in text)
    try:
        url = URL(text, encoded=plain)
        url.port  # noqa: B018 - yarl reads the port only when asked; a bad one must fail here
        return url.with_fragment(None)
    except ValueError as e:
        raise FetchError("bad_address", str(e)) from e


def host_port(url: URL) -> HostPort:
    """The pair a connection for ``url`` goes to; the host in lower case, punycode, without a final dot."""
    return (url.raw_host or "").lower().rstrip("."), url.port or 0


def is_private_pair(url: URL, allowed: Collection[HostPort]) -> bool:
    """Answers whether the operator named exactly this host and port."""
    return bool(allowed) and host_port(url) in allowed


def check_url(url: URL, *, allowed: Collection[HostPort] = (), url_chars: int = 2048) -> None:
    """Checks an address, or a redirect's target, before anything is asked of it (rules 30 and 61).

    http or https, port 80 or 443, no userinfo, at most ``url_chars`` characters, a host name of two labels at least that is no IP
    literal and no private name; or exactly one of the ``allowed`` pairs. Raises FetchError ``bad_address`` (cannot be a feed's
    address) or ``private_address``.
    """
    if len(str(url)) > url_chars:
        raise FetchError("bad_address", f"longer than {url_chars} characters")
    if url.scheme not in ("http", "https"):
        raise FetchError("bad_address", f"scheme {url.scheme[:20]!r}; http or https is accepted")
    if url.raw_user is not None or url.raw_password is not None or "@" in url.raw_authority:
        raise FetchError("bad_address", "name or password in the address")
    host, port = host_port(url)
    if not host:
        raise FetchError("bad_address", "no host")
    if is_private_pair(url, allowed):
        return
    if port not in (80, 443):
        raise FetchError("private_address", f"port {port}; 80 and 443 are accepted")
    if _is_ip_like(host):
        raise FetchError("private_address", "an IP address in place of a host name")
    labels = host.split(".")
    if len(labels) < 2 or labels[-1] in PRIVATE_SUFFIXES:
        raise FetchError("private_address", f"{host} is no public host name")
    if not all(0 < len(label) <= 63 and label.replace("-", "").replace("_", "").isalnum() for label in labels):
        raise FetchError("bad_address", f"{host!r} is no host name")


def _is_ip_like(host: str) -> bool:
    """Answers whether a resolver might read ``host`` as an address: literals, and the number forms of inet_aton (``0x7f.1``)."""
    if ":" in host or host.startswith("["):
        return True
    last = host.rsplit(".", 1)[-1]
    if last.isdigit() or (last.startswith("0x") and all(c in "0123456789abcdef" for c in last[2:])):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
