"""``vigie check``: a line for each part of the configuration; what is wrong, and how to mend it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.cli import context
from bot.model.errors import ConfigurationError, VigieError
from bot.settings import Settings, load_catalogue, load_presets, read_token
from bot.settings.problems import ConfigurationProblems

if TYPE_CHECKING:
    from bot.language.lexicon import Lexicon

Part = Callable[[], Awaitable[str]]
"""Answers what was found good; raises what is wrong."""


def check() -> None:
    """Check the configuration, lexicon, watch presets, database and token: a line each; exit 1 on an error."""
    if not asyncio.run(_check()):
        raise typer.Exit(context.FAILED)


async def _check() -> bool:
    try:
        config = context.config_dir()
        settings = context.settings()
    except ConfigurationProblems as error:
        _bad("settings", error.lines)
        return False
    _good("settings", f"{config / 'vigie.toml'} and the environment")
    lexicon: list[Lexicon] = []

    async def load() -> str:
        lexicon.append(await _lexicon(config, settings))
        return f"{len(lexicon[0])} concepts"

    async def presets() -> str:
        if not lexicon:
            load_presets(config / "watches.yaml")
            raise VigieError("read, but not understood: the lexicon has to be mended first")
        return await _presets(config, lexicon[0])

    parts: dict[str, Part] = {
        "feeds": lambda: _feeds(config),
        "lexicon": load,
        "presets": presets,
        "database": lambda: _database(settings),
        "token": _token,
    }
    results = [await _part(name, part) for name, part in parts.items()]
    return all(results)


async def _part(name: str, part: Part) -> bool:
    try:
        _good(name, await part())
    except ConfigurationProblems as error:
        _bad(name, error.lines)
    except ConfigurationError as error:
        _bad(name, error.problems)
    except VigieError as error:
        _bad(name, [str(error)])
    except OSError as error:
        _bad(name, [f"{error.filename or ''}: {error.strerror or error}".lstrip(": ")])
    else:
        return True
    return False


async def _feeds(config: Path) -> str:
    feeds = load_catalogue(config / "feeds.yaml")
    enabled = [feed for feed in feeds if feed.enabled]
    if not enabled:
        raise ConfigurationProblems(
            [f"{config / 'feeds.yaml'}: feeds: none is enabled; Vigie would have nothing to read"]
        )
    languages = sorted({feed.language for feed in enabled if feed.language})
    return f"{len(enabled)} of {len(feeds)} feeds enabled, in {len(languages)} languages ({', '.join(languages)})"


async def _lexicon(config: Path, settings: Settings) -> Lexicon:
    """The lexicon as the service loads it. Raises ConfigurationError with a line for each mistake."""
    from bot.app import cache_dir
    from bot.language.lexicon import load_lexicon

    return await asyncio.to_thread(load_lexicon, config / "lexicon", cache_dir=cache_dir(settings))


async def _presets(config: Path, lexicon: Lexicon) -> str:
    """Presets are understood as members' phrases are: one that cannot be a watch is an error here, not at somebody's command."""
    from bot.matching.phrase import PhraseError, PhraseParser

    path = config / "watches.yaml"
    presets = load_presets(path)
    parser = PhraseParser(lexicon)
    problems = []
    for preset in presets:
        try:
            parser.parse(preset.phrase, lang=preset.lang, exclude=tuple(preset.exclude))
        except PhraseError as error:
            problems.append(f"{path}: {preset.key}: phrase: {error}")
    if problems:
        raise ConfigurationProblems(problems)
    return f"{len(presets)} presets"


async def _database(settings: Settings) -> str:
    from bot.clock import SystemClock
    from bot.store import Store

    store = await Store.open(settings.database_url, clock=SystemClock())
    try:
        stats = await store.stats()
        damage = await store.integrity()
    finally:
        await store.close()
    if damage:
        raise VigieError(f"{damage[0]}; restore a backup (vigie db backup writes one)")
    return f"{stats.engine}, schema {stats.version}, {stats.rows.get('articles', 0)} articles, {stats.size_bytes // 1024} KiB"


async def _token() -> str:
    token = read_token(os.environ)
    if token is None:
        return "none set: messages go to the terminal (DISCORD_TOKEN or DISCORD_TOKEN_FILE brings Vigie to Discord)"
    if token.count(".") != 2 or any(not part for part in token.split(".")) or any(c.isspace() for c in token):
        raise ConfigurationProblems(
            [
                "DISCORD_TOKEN: this is no bot token (three parts joined by points); copy it anew from the application's page «Bot»"
            ]
        )
    return "set, and it has a token's form"


def _good(name: str, text: str) -> None:
    context.say(f"ok     {name}: {text}")


def _bad(name: str, lines: list[str]) -> None:
    for line in lines:
        context.say(f"error  {name}: {line}")
