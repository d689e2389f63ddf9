"""Links of entries: what identifies the page, where a reader is sent, and one spelling for a feed's address. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from yarl import URL

LINK_CHARS = 2048
TRACKING_PREFIXES = ("utm_", "at_", "mtm_", "pk_", "hsa_")
TRACKING = frozenset({
    "xtor", "xts", "fbclid", "gclid", "dclid", "msclkid", "yclid", "twclid", "ttclid", "igshid", "mc_cid", "mc_eid", "ncid", "cmpid",
    "s_cid", "ocid", "taid", "traffic_source", "wt_mc", "_hsenc", "_hsmi", "vero_id", "mkt_tok", "ref_src", "spm", "maca", "at",
})  # fmt: skip
"""Query parameters that say how a reader came, not which page it is."""

_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+", re.ASCII)
_SAFE = re.compile(r"[A-Za-z0-9\-._~:/?#@!$&*+,;=%']")


def public_link(link: str | None) -> str:
    """The link as a reader may be given it, empty when it cannot be.

    http or https only, host in punycode, no userinfo, at most 2048 characters; blanks, quotes, brackets and angles percent-encoded, so
    that it can stand in any message.
    """
    link = (link or "").strip()
    try:
        url = URL(link)
        host, port = (url.raw_host or "").lower(), url.explicit_port
    except ValueError:
        return ""
    if url.scheme not in ("http", "https") or not _HOST.fullmatch(host) or not link.isprintable():
        return ""
    host = f"[{host}]" if ":" in host else host
    rest = url.raw_path_qs if url.raw_path.startswith("/") else "/"
    if url.raw_fragment:
        rest += "#" + url.raw_fragment
    rest = "".join(c if _SAFE.match(c) and c != "'" else quote(c, safe="") for c in rest)
    text = f"{url.scheme}://{host}{f':{port}' if port else ''}{rest}"
    return text if len(text) <= LINK_CHARS else ""


def canonical_link(link: str | None) -> str:
    """The link reduced to what identifies the page; empty when there is no usable one.

    Scheme, ``www.``, default port, fragment, final slash and parameters that only say how a reader came are dropped (rule 45):
    ``https://www.lemonde.fr/a/?utm_source=rss#x`` becomes ``lemonde.fr/a``.
    """
    url = public_link(link)
    if not url:
        return ""
    parts = urlsplit(url)
    host = source_host(url)
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    kept = [pair for pair in parts.query.split("&") if pair and not _is_tracking(pair.partition("=")[0])]
    return f"{host}{port}{parts.path.rstrip('/')}" + (f"?{'&'.join(kept)}" if kept else "")


def names_a_page(canonical: str) -> bool:
    """Whether a canonical link can identify an article: a site's front page cannot."""
    return "/" in canonical or "?" in canonical


def source_host(link: str) -> str:
    """The host of a link as a source's name: lower case, without ``www.`` and without a final dot; empty when there is none."""
    try:
        host = (urlsplit(link).hostname or "").rstrip(".")
    except ValueError:
        return ""
    return host.removeprefix("www.")


def canonical_feed_url(url: URL) -> str:
    """One spelling of a feed's address, to keep it once (rule 64): scheme and host in lower case, punycode, no default port, no fragment,
    a path. The rest stays as it is: a query may matter."""
    host = (url.raw_host or "").lower().rstrip(".")
    host = f"[{host}]" if ":" in host else host
    port = (
        f":{url.explicit_port}" if url.explicit_port not in (None, {"http": 80, "https": 443}.get(url.scheme)) else ""
    )
    query = f"?{url.raw_query_string}" if url.raw_query_string else ""
    return f"{url.scheme}://{host}{port}{url.raw_path or '/'}{query}"


def _is_tracking(name: str) -> bool:
    name = name.lower()
    return name in TRACKING or name.startswith(TRACKING_PREFIXES)
