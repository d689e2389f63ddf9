"""A message as a page of HTML in Discord's look, for screenshots. Approximate by nature: it shows layout, not pixels."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

from tests.standins.discord import components as c
from tests.standins.discord.errors import Json
from tests.standins.discord.messages import Message

_DARK = {
    "bg": "#313338", "card": "#2b2d31", "text": "#dbdee1", "muted": "#949ba4", "link": "#00a8fc", "line": "#3f4147",
    "button": "#4e5058", "mention": "#3c4270", "code": "#1e1f22", "name": "#f2f3f5", "border": "#3f4147",
}  # fmt: skip
_LIGHT = {
    "bg": "#ffffff", "card": "#f2f3f5", "text": "#313338", "muted": "#5c5e66", "link": "#006ce7", "line": "#e1e2e4",
    "button": "#6d6f78", "mention": "#d8dcff", "code": "#e3e5e8", "name": "#060607", "border": "#d4d7dc",
}  # fmt: skip
_STYLES = {1: "#5865f2", 3: "#248046", 4: "#da373c"}
_CSS = """
body{margin:0;background:var(--bg);color:var(--text);font:16px/1.375 "gg sans","Noto Sans","Helvetica Neue",Arial,sans-serif}
.message{display:flex;gap:16px;padding:12px 16px;max-width:720px}
.avatar{flex:none;width:40px;height:40px;border-radius:50%;background:#5865f2;color:#fff;display:grid;place-items:center;font-weight:600}
.body{min-width:0;flex:1}.head{color:var(--name);font-weight:500}.head small{color:var(--muted);font-size:12px;font-weight:400}
.app{background:#5865f2;color:#fff;font-size:10px;border-radius:4px;padding:1px 5px;margin:0 4px;font-weight:500}
.note{color:var(--muted);font-size:12px}
.container{background:var(--card);border:1px solid var(--border);border-radius:8px;padding:12px 16px;margin-top:4px;max-width:600px;display:flex;flex-direction:column;gap:8px}
.embed{background:var(--card);border-left:4px solid var(--line);border-radius:4px;padding:8px 16px 16px 12px;margin-top:4px;max-width:516px}
.text{white-space:pre-wrap;overflow-wrap:anywhere}.text h1{font-size:24px;margin:4px 0}.text h2{font-size:20px;margin:4px 0}.text h3{font-size:16px;margin:4px 0}
.sub{font-size:13px;color:var(--muted)}blockquote{margin:0;padding-left:12px;border-left:4px solid var(--line)}
a{color:var(--link);text-decoration:none}.mention{background:var(--mention);border-radius:3px;padding:0 2px}
code,pre{background:var(--code);border-radius:4px;font:14px/1.3 Consolas,"DejaVu Sans Mono",monospace}code{padding:0 3px}pre{padding:8px;margin:4px 0;white-space:pre-wrap}
.row{display:flex;flex-wrap:wrap;gap:8px;margin-top:4px}.button{background:var(--button);color:#fff;border-radius:8px;padding:6px 14px;font-size:14px;font-weight:500}
.button.off{opacity:.5}.select{background:var(--code);border:1px solid var(--border);border-radius:8px;padding:8px 12px;min-width:280px;color:var(--muted)}
.section{display:flex;gap:16px;justify-content:space-between}.thumb{width:85px;height:85px;border-radius:8px;object-fit:cover;background:var(--code)}
hr{border:0;border-top:1px solid var(--line);margin:4px 0;width:100%}hr.wide{margin:10px 0}hr.blank{border-color:transparent}
.gallery{display:grid;gap:4px}.gallery img{max-width:100%;border-radius:8px}.spoiler{background:var(--code);color:transparent;border-radius:3px}
"""


def page(messages: list[Message], *, theme: str = "dark", language: str = "fr") -> str:
    """A whole page; ``theme`` is dark or light. Safe: everything of the messages is escaped."""
    colours = _DARK if theme == "dark" else _LIGHT
    variables = ";".join(f"--{name}:{value}" for name, value in colours.items())
    shown = "\n".join(_message(m) for m in messages)
    return (
        f'<!doctype html><html lang="{html.escape(language)}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>Discord</title>'
        f"<style>:root{{{variables}}}{_CSS}</style><body>{shown}</body></html>"
    )


def _message(message: Message) -> str:
    now = message.now
    at = datetime.fromtimestamp(message.versions[0].at, UTC).strftime("%d/%m/%Y %H:%M")
    badge = '<span class="app">APP</span>' if message.author.bot else ""
    parts = [markdown(now.content)] if now.content else []
    parts += [_embed(e) for e in now.embeds]
    parts += [_component(x, message) for x in now.components]
    if not now.v2:
        parts += [_file(f.filename, f.url, f.data) for f in now.files]
    if message.edits:
        parts.append('<span class="note">(edited)</span>')
    if message.ephemeral_for is not None:
        parts.append('<div class="note">Only you can see this</div>')
    name = html.escape(message.author.name.title())
    return (
        f'<div class="message"><div class="avatar">{name[:1]}</div><div class="body"><div class="head">{name}{badge} '
        f"<small>{at}</small></div>{''.join(parts)}</div></div>"
    )


def _component(part: Json, message: Message) -> str:
    kind = part.get("type")
    inner = "".join(_component(x, message) for x in part.get("components") or ())
    if kind == c.TEXT_DISPLAY:
        return markdown(str(part.get("content", "")))
    if kind == c.CONTAINER:
        colour = part.get("accent_color")
        edge = f' style="border-left:4px solid #{colour:06x}"' if isinstance(colour, int) else ""
        return f'<div class="container"{edge}>{inner}</div>'
    if kind == c.SECTION:
        beside = _component(part["accessory"], message)
        return f'<div class="section"><div>{inner}</div><div>{beside}</div></div>'
    if kind == c.ROW:
        return f'<div class="row">{inner}</div>'
    if kind == c.BUTTON:
        return _button(part)
    if kind in c.SELECTS:
        chosen = [str(o["label"]) for o in part.get("options") or () if o.get("default")]
        label = ", ".join(chosen) or part.get("placeholder") or "…"
        return f'<div class="select">{html.escape(label)} ▾</div>'
    if kind == c.SEPARATOR:
        wide = "wide" if part.get("spacing") == 2 else ""
        blank = "" if part.get("divider", True) else " blank"
        return f'<hr class="{wide}{blank}">'
    if kind == c.THUMBNAIL:
        return _image(part.get("media") or {}, part.get("description"), "thumb")
    if kind == c.GALLERY:
        images = "".join(_image(i.get("media") or {}, i.get("description"), "") for i in part.get("items") or ())
        return f'<div class="gallery">{images}</div>'
    if kind == c.FILE:
        return f'<div class="container">📄 {html.escape(str(part.get("name", "")))}</div>'
    return inner


def _button(part: Json) -> str:
    emoji = html.escape(str((part.get("emoji") or {}).get("name") or ""))
    label = html.escape(str(part.get("label") or ""))
    colour = _STYLES.get(int(part.get("style", 2)))
    style = f' style="background:{colour}"' if colour else ""
    off = " off" if part.get("disabled") else ""
    out = " ↗" if part.get("url") else ""
    return f'<span class="button{off}"{style}>{emoji} {label}{out}</span>'


def _image(media: Json, description: Any, css: str) -> str:
    url = html.escape(str(media.get("url", "")), quote=True)
    return f'<img class="{css}" src="{url}" alt="{html.escape(str(description or ""), quote=True)}">'


def _file(name: str, url: str, data: bytes) -> str:
    if data.startswith(b"\x89PNG"):
        return f'<div class="gallery">{_image({"url": url}, name, "")}</div>'
    return f'<div class="container">📄 {html.escape(name)} <span class="note">{len(data)} B</span></div>'


def _embed(embed: Json) -> str:
    colour = embed.get("color")
    edge = f' style="border-color:#{colour:06x}"' if isinstance(colour, int) else ""
    parts: list[str] = []
    if embed.get("author"):
        parts.append(f'<div class="sub">{html.escape(str(embed["author"].get("name", "")))}</div>')
    if embed.get("title"):
        parts.append(f"<b>{markdown(str(embed['title']))}</b>")
    if embed.get("description"):
        parts.append(markdown(str(embed["description"])))
    for item in embed.get("fields") or ():
        parts.append(f"<div><b>{html.escape(str(item['name']))}</b></div>{markdown(str(item['value']))}")
    if embed.get("footer"):
        parts.append(f'<div class="sub">{html.escape(str(embed["footer"].get("text", "")))}</div>')
    return f'<div class="embed"{edge}>{"".join(parts)}</div>'


_INLINE = re.compile(
    r"```(?:\w*\n)?(?P<pre>.+?)```|`(?P<code>[^`]+)`|\\(?P<escaped>[\\*_~`|>\[\]()#@<:!.-])|\|\|(?P<spoiler>.+?)\|\||"
    r"\[(?P<label>[^\]\n]+)\]\(<?(?P<url>https?://[^\s)>]+)>?\)|<?(?P<bare>https?://[^\s<>)]+)>?|"
    r"<t:(?P<time>\d+)(?::(?P<style>[tTdDfFRsS]))?>|<(?P<kind>@&|@!?|#)(?P<id>\d+)>|"
    r"\*\*(?P<bold>.+?)\*\*|__(?P<under>.+?)__|~~(?P<strike>.+?)~~|\*(?P<italic>[^*\n]+)\*|(?<!\w)_(?P<italic2>[^_\n]+)_(?!\w)",
    re.S,
)


def markdown(text: str) -> str:
    """Discord's markdown as HTML, block by block."""
    lines: list[str] = []
    for line in _protected(text):
        for prefix, tag in (("### ", "h3"), ("## ", "h2"), ("# ", "h1")):
            if line.startswith(prefix):
                lines.append(f"<{tag}>{_inline(line[len(prefix) :])}</{tag}>")
                break
        else:
            if line.startswith("-# "):
                lines.append(f'<div class="sub">{_inline(line[3:])}</div>')
            elif line.startswith("> "):
                lines.append(f"<blockquote>{_inline(line[2:])}</blockquote>")
            elif line.startswith(("- ", "* ")):
                lines.append(f"<div>• {_inline(line[2:])}</div>")
            else:
                lines.append(f"<div>{_inline(line) or '&nbsp;'}</div>")
    return f'<div class="text">{"".join(lines)}</div>'


def _protected(text: str) -> list[str]:
    """Lines, with code blocks kept whole."""
    lines: list[str] = []
    for index, piece in enumerate(re.split(r"(```.+?```)", text, flags=re.S)):
        lines += [piece] if index % 2 else (piece.split("\n") if piece else [])
    return lines


def _inline(text: str) -> str:
    out: list[str] = []
    at = 0
    for match in _INLINE.finditer(text):
        out.append(html.escape(text[at : match.start()]))
        out.append(_token(match))
        at = match.end()
    return "".join(out) + html.escape(text[at:])


def _token(match: re.Match[str]) -> str:
    found = {k: v for k, v in match.groupdict().items() if v is not None}
    for name, tag in (("bold", "b"), ("under", "u"), ("strike", "s"), ("italic", "i"), ("italic2", "i")):
        if name in found:
            return f"<{tag}>{_inline(found[name])}</{tag}>"
    if "pre" in found:
        return f"<pre>{html.escape(found['pre'])}</pre>"
    if "code" in found:
        return f"<code>{html.escape(found['code'])}</code>"
    if "escaped" in found:
        return html.escape(found["escaped"])
    if "spoiler" in found:
        return f'<span class="spoiler">{_inline(found["spoiler"])}</span>'
    if "time" in found:
        moment = datetime.fromtimestamp(int(found["time"]), UTC)
        words = moment.strftime("%d/%m/%Y %H:%M" if found.get("style") not in ("t", "T") else "%H:%M")
        return f'<span class="mention" title="{html.escape(match[0])}">{words} UTC</span>'
    if "kind" in found:
        return f'<span class="mention">{html.escape(found["kind"].rstrip("!"))}{found["id"]}</span>'
    url = found.get("url") or found["bare"]
    label = _inline(found["label"]) if "label" in found else html.escape(url)
    return f'<a href="{html.escape(url, quote=True)}">{label}</a>'
