"""The address guard, as a table: what a feed's address may be, and which address a connection may go to."""

from __future__ import annotations

import asyncio
import socket

import pytest

from bot.feeds.fetcher import Fetcher
from bot.feeds.guard import AddressRefusedError, check_url, is_public, public_socket, to_url
from bot.model.errors import FetchError
from bot.model.feeds import FeedKind
from tests.feeds.conftest import MakeFetcher, a_feed
from tests.standins.feed_server import FeedServer, Reply

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "203.0.114.1", "172.15.255.255", "172.32.0.1", "11.0.0.1", "100.128.0.1",
    "2606:4700:4700::1111", "2a00:1450:4007:80e::200e", "2001:4860:4860::8888", "::ffff:8.8.8.8",
]  # fmt: skip
NOT_PUBLIC = [
    # loopback, this host, private, link-local with the metadata service, shared, documentation, benchmark, reserved, broadcast
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1",
    "192.168.255.255", "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.127.255.255", "192.0.2.1", "198.51.100.7", "203.0.113.9",
    "198.18.0.1", "198.19.255.255", "240.0.0.1", "255.255.255.255",
    # what Python 3.11 calls global: multicast, protocol assignments, the 6to4 relay
    "224.0.0.1", "239.255.255.250", "192.0.0.9", "192.0.0.1", "192.88.99.1",
    # IPv6: loopback, unspecified, unique local, link-local with and without zone, site-local, multicast, documentation, discard
    "::1", "::", "fc00::1", "fd12:3456:789a::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001:db8::1", "3fff::1", "100::1",
    # IPv4 inside IPv6: mapped, compatible, NAT64, local NAT64, 6to4, Teredo
    "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::1",
    "2002:7f00:1::", "2001:0:53aa:64c:0:fbfe:80ff:fffe", "5f00::1", "4000::1",
    "not an address", "",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_other_addresses_do_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("address", "port", "passes"),
    [
        ("8.8.8.8", 80, True),
        ("8.8.8.8", 443, True),
        ("8.8.8.8", 22, False),
        ("8.8.8.8", 8080, False),
        ("127.0.0.1", 80, False),
    ],
)
def test_a_socket_is_made_for_public_web_addresses_only(address: str, port: int, passes: bool) -> None:
    info = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))
    if passes:
        public_socket(info).close()
    else:
        with pytest.raises(AddressRefusedError):
            public_socket(info)


GOOD_URLS = [
    "https://www.lemonde.fr/rss/une.xml",
    "http://feeds.bbci.co.uk/news/rss.xml?edition=uk",
    "HTTPS://News.Example.org:443/feed",
    "http://news.example.org:80",
    "https://новини.укр/rss",
    "https://xn--80adi0aoagldk8i.xn--p1ai/rss",
    "https://news.example.org./feed",
    "https://a_b.example.org/feed",
]
BAD_URLS = [
    "ftp://news.example.org/feed", "file:///etc/passwd", "gopher://news.example.org/", "javascript:alert(1)", "data:text/xml,<rss/>",
    "discord://news.example.org/", "//news.example.org/feed", "news.example.org/feed", "", "http://", "http:///feed", "https://?x",
    "https://user@news.example.org/", "https://user:pass@news.example.org/", "https://:@news.example.org/", "https://@news.example.org/",
    "http://name%2f@127.0.0.1/", "http://127.0.0.1/", "http://127.0.0.1:80/", "http://[::1]/", "http://[::ffff:7f00:1]/",
    "http://[::ffff:127.0.0.1]/", "http://[fe80::1%25eth0]/", "http://0.0.0.0/", "http://0/", "http://2130706433/", "http://127.1/",
    "http://0177.0.0.1/", "http://0x7f000001/", "http://0x7f.0.0.1/", "http://127.0.0.0x1/", "http://127.0.0.1./",
    "http://１２７.０.０.１/", "http://①②⑦.⓪.⓪.①/", "http://8.8.8.8/", "http://169.254.169.254/latest/meta-data/",
    "http://localhost/", "http://LOCALHOST/", "http://localhost./", "http://a.localhost/", "http://printer/", "http://printer.local/",
    "http://db.internal/", "http://metadata.google.internal/", "http://abc.onion/", "http://router.lan/", "http://a.home.arpa/",
    "https://news.example.org:8080/", "https://news.example.org:22/", "https://news.example.org:0/", "https://news.example.org:99999/",
    "https://news.example.org:x/", "https://news..example.org/", "https://.example.org/", "http://news.example.org\\@127.0.0.1/",
    "http://127.0.0.1#@news.example.org/", "http://127.0.0.1\\.news.example.org/", "http://news.example.org\x00.evil.org/",
    "http://news.exam\nple.org/", "http://news%2eexample.org/", "http://127.0.0.1%2f.example.org/", "http://[::1]:80@news.example.org/",
    "https://news.example.org/" + "a" * 2048,
]  # fmt: skip


@pytest.mark.parametrize("url", GOOD_URLS)
def test_rule_61_feed_addresses_that_pass(url: str) -> None:
    check_url(to_url(url))


@pytest.mark.parametrize("url", BAD_URLS)
def test_rule_61_feed_addresses_that_do_not(url: str) -> None:
    with pytest.raises(FetchError) as refused:
        check_url(to_url(url))
    assert refused.value.reason in ("bad_address", "private_address")


def test_an_operators_pair_opens_exactly_itself() -> None:
    allowed = {("127.0.0.1", 8000), ("bridge.lan", 80)}
    check_url(to_url("http://127.0.0.1:8000/feed"), allowed=allowed)
    check_url(to_url("http://bridge.lan/feed"), allowed=allowed)
    for url in (
        "http://127.0.0.1:8001/", "http://127.0.0.2:8000/", "http://bridge.lan:8000/", "http://localhost:8000/",
        "http://u@127.0.0.1:8000/", "ftp://127.0.0.1:8000/",
    ):  # fmt: skip
        with pytest.raises(FetchError):
            check_url(to_url(url), allowed=allowed)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["localhost.example.org", "news.example.org"])
async def test_a_public_name_that_resolves_to_a_private_address_is_refused_at_the_connection(
    name: str, monkeypatch: pytest.MonkeyPatch, fetcher: Fetcher, server: FeedServer
) -> None:
    """DNS rebinding: the name passes every check of the text, and the resolver answers with loopback."""
    real = socket.getaddrinfo

    def lying(host: str | None, port: object, *args: object, **kwargs: object) -> object:
        return real("127.0.0.1" if host == name else host, port, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", lying)
    checked = await fetcher.check(a_feed(f"http://{name}/a.xml"))
    assert checked.reason == "private_address"
    assert server.log == []


@pytest.mark.asyncio
async def test_an_operators_pair_is_closed_to_members(fetcher: Fetcher, server: FeedServer) -> None:
    server.serve("/a.xml", b"<rss version='2.0'><channel/></rss>")
    assert (await fetcher.check(a_feed(server.url("/a.xml")))).outcome == "parsed"
    refused = await fetcher.check(a_feed(server.url("/a.xml"), kind=FeedKind.MEMBER))
    assert refused.reason == "private_address"
    assert len(server.log) == 1


@pytest.mark.asyncio
async def test_a_members_check_does_not_share_the_operators_answer(fetcher: Fetcher, server: FeedServer) -> None:
    server.script("/a.xml", Reply(200, b"<rss version='2.0'><channel/></rss>", wait_s=0.1))
    own, theirs = await asyncio.gather(
        fetcher.check(a_feed(server.url("/a.xml"))),
        fetcher.check(a_feed(server.url("/a.xml"), kind=FeedKind.MEMBER)),
    )
    assert (own.outcome, theirs.reason) == ("parsed", "private_address")


@pytest.mark.asyncio
async def test_a_pooled_private_connection_serves_no_public_request(
    monkeypatch: pytest.MonkeyPatch, fetching: MakeFetcher, server: FeedServer
) -> None:
    """The operator's bridge has a public looking name; a member who adds the same address must not reach it through the pool."""
    real = socket.getaddrinfo
    name = "bridge.example.org"

    def lying(host: str | None, port: object, *args: object, **kwargs: object) -> object:
        target, to = ("127.0.0.1", server.port) if host == name else (host, port)
        return real(target, to, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", lying)
    server.serve("/a.xml", b"<rss version='2.0'><channel/></rss>")
    async with fetching(allow_private=frozenset({(name, 80)})) as fetcher:
        assert (await fetcher.check(a_feed(f"http://{name}/a.xml"))).outcome == "parsed"
        refused = await fetcher.check(a_feed(f"http://{name}/a.xml", kind=FeedKind.MEMBER))
    assert refused.reason == "private_address"
    assert len(server.log) == 1


@pytest.mark.asyncio
async def test_no_proxy_of_the_environment_gets_around_the_guard(
    monkeypatch: pytest.MonkeyPatch, fetcher: Fetcher, server: FeedServer
) -> None:
    monkeypatch.setenv("http_proxy", server.url("/"))
    monkeypatch.setenv("HTTP_PROXY", server.url("/"))
    await fetcher.check(a_feed("http://nowhere.invalid/a.xml", kind=FeedKind.MEMBER))
    assert server.log == []
