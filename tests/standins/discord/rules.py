"""The rules that span fields and that the OpenAPI document does not state: messages, components, modals.

Source where not said otherwise: docs resources/message (limits, flags, allowed mentions), components/reference,
interactions/receiving-and-responding. Lengths are in characters (code points).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from tests.standins.discord import components as c
from tests.standins.discord.errors import FieldError, Json

V2 = 1 << 15
EPHEMERAL = 1 << 6
SUPPRESS_EMBEDS = 1 << 2
SUPPRESS_NOTIFICATIONS = 1 << 12
LOADING = 1 << 7

Path = tuple[str | int, ...]
_EMBED_LIMITS = {"title": 256, "description": 4096}


def too_long(path: Path, limit: int) -> FieldError:
    return FieldError(path, "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")


def required(path: Path) -> FieldError:
    return FieldError(path, "BASE_TYPE_REQUIRED", "This field is required")


def message_problems(body: Json, *, files: list[str], before: Json | None = None) -> list[FieldError]:
    """What is wrong with a message to be created or, with ``before`` (the message as it stands), edited.

    ``files`` are the names of the files that the message will have. An empty message is not reported here (code 50006).
    """
    return list(_message(body, files, before))


def _message(body: Json, files: list[str], before: Json | None) -> Iterator[FieldError]:
    content = body.get("content")
    if isinstance(content, str) and len(content.strip()) > 2000:
        yield too_long(("content",), 2000)
    embeds = body.get("embeds") or []
    yield from _embeds(embeds, files)
    yield from _allowed_mentions(body.get("allowed_mentions"))
    was_v2 = bool(before and before.get("flags", 0) & V2)
    now_v2 = was_v2 or bool(int(body.get("flags") or 0) & V2)
    if was_v2 and body.get("flags") is not None and not int(body["flags"]) & V2:
        yield FieldError(("flags",), "MESSAGE_FLAGS_CANNOT_REMOVE_COMPONENTS_V2", "IS_COMPONENTS_V2 cannot be removed")
    parts = body.get("components")
    if now_v2:
        for field in ("content", "embeds", "sticker_ids", "poll"):
            kept = before.get(field) if before and field not in body else body.get(field)
            if kept:
                yield FieldError(
                    (field,),
                    "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                    f"The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
                )
        if not parts and not (before and "components" not in body and before.get("components")):
            yield required(("components",))
    if parts is not None:
        yield from _components(parts, v2=now_v2, files=files)


def _embeds(embeds: Any, files: list[str]) -> Iterator[FieldError]:
    total = 0
    if len(embeds) > 10:
        yield FieldError(("embeds",), "BASE_TYPE_BAD_LENGTH", "Must be 10 or fewer in length.")
    for index, embed in enumerate(embeds):
        path: Path = ("embeds", index)
        measured: list[tuple[Path, Any, int]] = [((*path, k), embed.get(k), n) for k, n in _EMBED_LIMITS.items()]
        measured.append(((*path, "footer", "text"), (embed.get("footer") or {}).get("text"), 2048))
        measured.append(((*path, "author", "name"), (embed.get("author") or {}).get("name"), 256))
        fields = embed.get("fields") or []
        if len(fields) > 25:
            yield FieldError((*path, "fields"), "BASE_TYPE_BAD_LENGTH", "Must be 25 or fewer in length.")
        for number, field in enumerate(fields):
            for key, limit in (("name", 256), ("value", 1024)):
                where = (*path, "fields", number, key)
                if not str(field.get(key) or "").strip():
                    yield required(where)
                measured.append((where, field.get(key), limit))
        for where, text, limit in measured:
            size = len(str(text or "").strip())
            total += size
            if size > limit:
                yield too_long(where, limit)
        for where, url, attachments in (
            ((*path, "url"), embed.get("url"), False),
            ((*path, "author", "url"), (embed.get("author") or {}).get("url"), False),
            ((*path, "image", "url"), (embed.get("image") or {}).get("url"), True),
            ((*path, "thumbnail", "url"), (embed.get("thumbnail") or {}).get("url"), True),
            ((*path, "footer", "icon_url"), (embed.get("footer") or {}).get("icon_url"), True),
        ):
            yield from _url(where, url, files if attachments else None, 2048)
        if not any(
            embed.get(k) for k in ("title", "description", "fields", "footer", "author", "image", "thumbnail", "url")
        ):
            yield required((*path, "description"))
    if total > 6000:
        yield FieldError(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")


def _url(path: Path, url: Any, files: list[str] | None, limit: int) -> Iterator[FieldError]:
    """``files`` given: attachment://name of one of them is also fine."""
    if not url:
        return
    if len(url) > limit:
        yield too_long(path, limit)
    scheme = urlsplit(url).scheme if "://" in url else ""
    if files is not None and scheme == "attachment":
        name = url.removeprefix("attachment://")
        if name not in files:
            yield FieldError(path, "ATTACHMENT_NOT_FOUND", f"The referenced attachment was not found: {name}")
        return
    allowed = ("http", "https") if files is not None or limit != 512 else ("http", "https", "discord")
    if scheme not in allowed or not urlsplit(url).netloc or any(ch.isspace() for ch in url):
        code = "URL_TYPE_INVALID_SCHEME" if scheme and scheme not in allowed else "URL_TYPE_INVALID_URL"
        yield FieldError(path, code, f'Scheme "{scheme}" is not supported or the URL is not well formed.')


def _allowed_mentions(allowed: Any) -> Iterator[FieldError]:
    if not isinstance(allowed, dict):
        return
    parse = allowed.get("parse") or []
    for key in ("users", "roles"):
        if key in parse and allowed.get(key):
            yield FieldError(
                ("allowed_mentions",),
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.',
            )


def _components(parts: list[Json], *, v2: bool, files: list[str]) -> Iterator[FieldError]:
    every = list(c.walk(parts))
    if not v2:
        if len(parts) > 5:
            yield FieldError(("components",), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
        for index, part in enumerate(parts):
            if part.get("type") != c.ROW:
                yield FieldError(
                    ("components", index), "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (1,).'
                )
    else:
        if len(every) > 40:
            yield FieldError(
                ("components",),
                "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
                f"The total number of components, nested ones counted, is {len(every)}; at most 40.",
            )
        size = sum(map(len, c.texts(parts)))
        if size > 4000:
            yield FieldError(
                ("components",),
                "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
                f"Components displayable text size exceeds maximum size of 4000 (it is {size})",
            )
    yield from _unique(every)
    for path, part in every:
        yield from _component(path, part, files)


def _unique(every: list[tuple[Path, Json]]) -> Iterator[FieldError]:
    seen_custom: set[str] = set()
    seen_id: set[int] = set()
    for path, part in every:
        custom_id = part.get("custom_id")
        if custom_id is not None:
            if not 1 <= len(custom_id) <= 100:
                yield FieldError((*path, "custom_id"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
            if custom_id in seen_custom:
                yield FieldError(
                    (*path, "custom_id"),
                    "COMPONENT_CUSTOM_ID_DUPLICATED",
                    "Component custom id cannot be duplicated",
                )
            seen_custom.add(custom_id)
        number = part.get("id")
        if number:
            if number in seen_id:
                yield FieldError((*path, "id"), "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
            seen_id.add(number)


def _component(path: Path, part: Json, files: list[str]) -> Iterator[FieldError]:
    kind = part.get("type")
    children = part.get("components") or []
    if kind == c.ROW:
        buttons = sum(1 for x in children if x.get("type") == c.BUTTON)
        if not children:
            yield required((*path, "components"))
        if buttons > 5 or (buttons < len(children) and len(children) > 1):
            yield FieldError(
                (*path, "components"),
                "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
                "The specified component exceeds the maximum width",
            )
    elif kind == c.BUTTON:
        yield from _button(path, part)
    elif kind in c.SELECTS:
        yield from _select(path, part)
    elif kind == c.TEXT_DISPLAY:
        if not str(part.get("content") or "").strip():
            yield required((*path, "content"))
    elif kind == c.SECTION:
        if not 1 <= len(children) <= 3:
            yield FieldError((*path, "components"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 3 in length.")
        if not part.get("accessory"):
            yield required((*path, "accessory"))
    elif kind == c.CONTAINER:
        if not children:
            yield required((*path, "components"))
        for index, child in enumerate(children):
            if child.get("type") == c.CONTAINER:
                yield FieldError(
                    (*path, "components", index), "UNION_TYPE_CHOICES", "A container cannot hold a container."
                )
    elif kind == c.GALLERY:
        items = part.get("items") or []
        if not 1 <= len(items) <= 10:
            yield FieldError((*path, "items"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 10 in length.")
        for index, item in enumerate(items):
            where = (*path, "items", index)
            yield from _url((*where, "media", "url"), (item.get("media") or {}).get("url"), files, 2048)
            if len(item.get("description") or "") > 1024:
                yield too_long((*where, "description"), 1024)
    elif kind == c.THUMBNAIL:
        yield from _url((*path, "media", "url"), (part.get("media") or {}).get("url"), files, 2048)
    elif kind == c.FILE:
        url = (part.get("file") or {}).get("url") or ""
        if not url.startswith("attachment://") or url.removeprefix("attachment://") not in files:
            yield FieldError((*path, "file", "url"), "ATTACHMENT_NOT_FOUND", "The referenced attachment was not found.")


def _button(path: Path, part: Json) -> Iterator[FieldError]:
    style = part.get("style")
    if style == c.LINK_STYLE:
        if not part.get("url"):
            yield required((*path, "url"))
        if part.get("custom_id"):
            yield FieldError(
                path, "BUTTON_COMPONENT_URL_CUSTOM_ID_EXCLUSIVE", "A custom id and url cannot both be specified"
            )
        yield from _url((*path, "url"), part.get("url"), None, 512)
    elif style != c.PREMIUM_STYLE:
        if part.get("url"):
            yield FieldError(path, "BUTTON_COMPONENT_INVALID_URL", "A url may only be used with a link button")
        if not part.get("custom_id"):
            yield FieldError((*path, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED", "A custom id is required")
    if len(part.get("label") or "") > 80:
        yield too_long((*path, "label"), 80)
    if style != c.PREMIUM_STYLE and not (part.get("label") or "").strip() and not part.get("emoji"):
        yield FieldError(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A label or emoji is required")


def _select(path: Path, part: Json) -> Iterator[FieldError]:
    low, high = part.get("min_values"), part.get("max_values")
    low, high = 1 if low is None else low, 1 if high is None else high
    if low > high:
        yield FieldError(
            (*path, "min_values"), "SELECT_COMPONENT_MIN_VALUES_ABOVE_MAX", "min_values is above max_values"
        )
    if len(part.get("placeholder") or "") > 150:
        yield too_long((*path, "placeholder"), 150)
    if part.get("type") != c.STRING_SELECT:
        return
    options = part.get("options") or []
    if not 1 <= len(options) <= 25:
        yield FieldError((*path, "options"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
    seen: set[str] = set()
    for index, option in enumerate(options):
        where = (*path, "options", index)
        for key in ("label", "value", "description"):
            text = option.get(key)
            if len(text or "") > 100:
                yield too_long((*where, key), 100)
            if key != "description" and not text:
                yield required((*where, key))
        if option.get("value") in seen:
            yield FieldError(
                (*where, "value"),
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            )
        seen.add(option.get("value"))
    if sum(1 for option in options if option.get("default")) > high:
        yield FieldError((*path, "options"), "SELECT_COMPONENT_TOO_MANY_DEFAULTS", "More defaults than max_values")
    if high > len(options):
        yield FieldError((*path, "max_values"), "BASE_TYPE_BAD_LENGTH", "max_values is above the number of options")


def modal_problems(data: Json) -> list[FieldError]:
    """What is wrong with a modal (docs, interactions/receiving-and-responding, "Modal")."""
    return list(_modal(data))


def _modal(data: Json) -> Iterator[FieldError]:
    for key, limit in (("title", 45), ("custom_id", 100)):
        if not 1 <= len(data.get(key) or "") <= limit:
            yield FieldError(("data", key), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {limit} in length.")
    parts = data.get("components") or []
    if not 1 <= len(parts) <= 5:
        yield FieldError(("data", "components"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    every = list(c.walk(parts, ("data", "components")))
    yield from _unique(every)
    for index, part in enumerate(parts):
        if part.get("type") not in (c.ROW, c.LABEL, c.TEXT_DISPLAY):
            yield FieldError(
                ("data", "components", index), "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (1, 10, 18).'
            )
    for path, part in every:
        kind = part.get("type")
        if kind == c.LABEL:
            if not 1 <= len(part.get("label") or "") <= 45:
                yield FieldError((*path, "label"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 45 in length.")
            if len(part.get("description") or "") > 100:
                yield too_long((*path, "description"), 100)
            if not part.get("component"):
                yield required((*path, "component"))
        elif kind == c.TEXT_INPUT:
            yield from _text_input(path, part)
        elif kind in c.SELECTS:
            yield from _select(path, part)


def _text_input(path: Path, part: Json) -> Iterator[FieldError]:
    low, high = part.get("min_length") or 0, part.get("max_length") or 4000
    if low > high:
        yield FieldError((*path, "min_length"), "TEXT_INPUT_MIN_ABOVE_MAX", "min_length is above max_length")
    value = part.get("value")
    if value and not low <= len(value) <= high:
        yield FieldError((*path, "value"), "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
    if len(part.get("placeholder") or "") > 100:
        yield too_long((*path, "placeholder"), 100)


def is_empty(content: Any, embeds: Any, parts: Any, files: Any, body: Json) -> bool:
    """True for what Discord refuses with 50006 (docs, resources/message, "Create Message")."""
    text = isinstance(content, str) and bool(content.strip())
    return not (text or embeds or parts or files or body.get("sticker_ids") or body.get("poll"))
