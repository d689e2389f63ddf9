"""The slash commands as people use them."""

from __future__ import annotations

import pytest

from tests.discord.house import House

pytestmark = pytest.mark.asyncio


async def test_help_answers_in_the_members_language(home: House) -> None:
    anna = home.discord.user("anna", locale="fr")
    bob = home.discord.user("bob", locale="en-GB")
    olena = home.discord.user("olena", locale="uk")
    guild = home.discord.guild("Salon", locale="fr", members=[anna, bob, olena])
    home.discord.channel(guild, "general")

    french = await home.discord.slash(anna, guild, "help")
    english = await home.discord.slash(bob, guild, "help")
    ukrainian = await home.discord.slash(olena, guild, "help")

    assert "Pour commencer" in french.text
    assert "To begin" in english.text
    assert "Щоб почати" in ukrainian.text
    assert french.ephemeral
    home.clean()


async def test_a_watch_is_saved_listed_and_removed(home: House) -> None:
    anna = home.discord.user("anna", locale="fr")
    await home.article("Sommet Poutine-Zelensky à Genève vendredi", "Les deux présidents se rencontrent.")

    saved = await home.discord.slash(anna, None, "watch add", {"phrase": "sommet Poutine-Zelensky"})
    listed = await home.discord.slash(anna, None, "watch list")
    views = await home.front.members.watches(_owner(anna.id))
    removed = await home.discord.slash(anna, None, "watch remove", {"watch": str(views[0].watch.id)})
    empty = await home.discord.slash(anna, None, "watch list")

    assert "Veille enregistrée" in saved.text
    assert "Compris comme" in saved.text
    assert "1 article aurait été trouvé" in saved.text
    assert "Poutine" in listed.text
    assert "Veille supprimée" in removed.text
    assert "Vous n’avez pas encore de veille" in empty.text
    assert saved.elapsed is not None and saved.elapsed < 1.5
    home.clean()


def _owner(user_id: int):  # type: ignore[no-untyped-def]
    from bot.model.watches import Owner, OwnerKind

    return Owner(OwnerKind.MEMBER, user_id)
