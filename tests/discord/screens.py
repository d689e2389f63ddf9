"""Messages as pages in Discord's look, for the documentation: ``python -m tests.discord.screens [FOLDER]`` (default ``docs/screens``).

The whole front runs against the stand-in; the articles are invented, their outlets stand at ``.example`` hosts.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from bot.model.watches import Destination, DestinationKind, Mode, Owner, OwnerKind
from bot.services.members import WatchDraft
from tests.discord.house import ROOT, House, house
from tests.standins.discord.messages import Message
from tests.standins.discord.render import page

PHRASE = "sommet Poutine-Zelensky"


async def messages(home: House) -> dict[str, Message]:
    """The messages worth showing, by name."""
    discord = home.discord
    anna = discord.user("anna", locale="fr")
    guild = discord.guild("Diplomatie", locale="fr", members=[anna])
    discord.member(guild, anna, permissions="manage_guild")
    channel = discord.channel(guild, "alertes")
    saved = await home.front.members.add_watch(
        Owner(OwnerKind.GUILD, guild.id),
        WatchDraft(PHRASE, mode=Mode.BOTH, lang="fr"),
        Destination(home.services.new_id(), DestinationKind.TEXT, guild_id=guild.id, channel_id=channel.id),
        by=anna.id,
    )
    _, story = await home.article(
        "Sommet Poutine-Zelensky : Genève se prépare pour vendredi",
        "La ville a fermé deux quais ; les délégations sont attendues jeudi soir.",
        source="courrier.example",
        age=timedelta(hours=3),
    )
    await home.article("Putin and Zelensky to meet in Geneva", lang="en", source="herald.example", story=story)
    await home.article("Путін і Зеленський зустрінуться в Женеві", lang="uk", source="visti.example", story=story)
    await home.article("Zelensky et Poutine : le sommet durera deux jours", source="gazette.example")
    await home.plan(saved.view.destination, story, [saved.view.watch.id])
    await home.deliver.drain()
    alert = discord.posts(channel)[0]
    return {
        "alert": alert,
        "why": (await discord.click(anna, alert, "Pourquoi\u202f?")).message,
        "watch": (await discord.slash(anna, None, "watch add", {"phrase": "garanties de sécurité"})).message,
        "digest": (await discord.slash(anna, channel, "digest now")).message,
        "search": (await discord.slash(anna, channel, "search", {"text": "sommet"})).message,
        "help": (await discord.slash(anna, channel, "help")).message,
    }


async def main(folder: Path) -> None:
    """Writes a page for each message, on Discord's dark and light theme."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        async with house(Path(data), None) as home:
            for name, message in (await messages(home)).items():
                for theme in ("dark", "light"):
                    (folder / f"{name}-{theme}.html").write_text(page([message], theme=theme), "utf-8")
            home.clean()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screens"))
