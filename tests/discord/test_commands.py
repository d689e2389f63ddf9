"""The slash commands as people use them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.model.watches import Owner, OwnerKind
from tests.discord.house import House
from tests.standins.discord import Unavailable
from tests.standins.discord.world import Channel, Guild, User

pytestmark = pytest.mark.asyncio

PHRASE = "sommet Poutine-Zelensky"
TITLE = "Sommet Poutine-Zelensky à Genève vendredi"


def server(home: House) -> tuple[Guild, Channel, User, User]:
    """A French server with a channel, somebody who manages it and somebody who does not."""
    admin = home.discord.user("admin", locale="fr")
    anna = home.discord.user("anna", locale="fr")
    guild = home.discord.guild("Salon", locale="fr", members=[anna])
    home.discord.member(guild, admin, permissions="manage_guild")
    return guild, home.discord.channel(guild, "alertes"), admin, anna


async def test_help_answers_in_the_members_language(home: House) -> None:
    guild, _, _, _ = server(home)
    said = {}
    for locale in ("fr", "en-GB", "uk", "ja"):
        person = home.discord.user(f"p-{locale}", locale=locale)
        home.discord.member(guild, person)
        answer = await home.discord.slash(person, guild, "help")
        assert answer.ephemeral
        said[locale] = answer.text

    assert "Pour commencer" in said["fr"]
    assert "To begin" in said["en-GB"]
    assert "Щоб почати" in said["uk"]
    assert "Pour commencer" in said["ja"], "a language Vigie does not speak falls back to the server's"
    home.clean()


async def test_a_watch_is_saved_listed_edited_paused_and_removed(home: House) -> None:
    anna = home.discord.user("anna", locale="fr")
    await home.article(TITLE, "Les deux présidents se rencontrent.")

    saved = await home.discord.slash(anna, None, "watch add", {"phrase": PHRASE, "exclude": "football, rugby"})
    listed = await home.discord.slash(anna, None, "watch list")
    offered = await home.discord.autocomplete(anna, None, "watch edit", "watch", "somm")
    watch = {"watch": offered.choices[0]["value"]}
    edited = await home.discord.slash(anna, None, "watch edit", {**watch, "strictness": "strict", "mode": "both"})
    paused = await home.discord.slash(anna, None, "watch pause", watch)
    resumed = await home.discord.slash(anna, None, "watch resume", watch)
    removed = await home.discord.slash(anna, None, "watch remove", watch)
    empty = await home.discord.slash(anna, None, "watch list")

    assert "Veille enregistrée" in saved.text and "Compris comme" in saved.text
    assert "1 article aurait été trouvé" in saved.text
    assert "sans\u00a0: football, rugby" in listed.text
    assert "rigueur stricte" in edited.text and "les deux" in edited.text
    assert "Veille suspendue" in paused.text and "Veille reprise" in resumed.text
    assert "Veille supprimée" in removed.text
    assert "Vous n’avez pas encore de veille" in empty.text
    assert all(a.ephemeral for a in (saved, listed, edited, paused, resumed, removed, empty))
    home.clean()


async def test_nobody_reaches_anothers_watch(home: House) -> None:
    anna, bob = home.discord.user("anna", locale="fr"), home.discord.user("bob", locale="fr")
    await home.discord.slash(anna, None, "watch add", {"phrase": PHRASE})
    (view,) = await home.front.members.watches(Owner(OwnerKind.MEMBER, anna.id))

    refused = await home.discord.slash(bob, None, "watch remove", {"watch": str(view.watch.id)})

    assert "n’est pas la vôtre" in refused.text
    assert len(await home.front.members.watches(Owner(OwnerKind.MEMBER, anna.id))) == 1
    home.clean()


async def test_an_unusable_phrase_is_refused_in_words(home: House) -> None:
    anna = home.discord.user("anna", locale="fr")

    only = await home.discord.slash(anna, None, "watch add", {"phrase": "-football"})
    stop = await home.discord.slash(anna, None, "watch test", {"phrase": "le la les"})

    assert "Ajoutez au moins un mot" in only.text
    assert "⛔" in stop.text
    home.clean()


async def test_alerts_are_for_managers_and_check_the_bots_permissions(home: House) -> None:
    guild, channel, admin, anna = server(home)
    with pytest.raises(Unavailable):
        await home.discord.slash(anna, channel, "alerts add", {"phrase": PHRASE})
    forced = await home.discord.slash(anna, channel, "alerts add", {"phrase": PHRASE}, force=True)
    closed = home.discord.channel(guild, "fermé")
    home.discord.deny(closed, "send_messages")
    lacking = await home.discord.slash(admin, channel, "alerts add", {"phrase": PHRASE, "channel": closed})
    saved = await home.discord.slash(admin, channel, "alerts add", {"phrase": PHRASE, "channel": channel})
    preset = await home.discord.slash(admin, channel, "alerts add", {"preset": "plan-de-paix", "mode": "digest"})
    both = await home.discord.slash(admin, channel, "alerts add", {"phrase": "a", "preset": "plan-de-paix"})
    listed = await home.discord.slash(admin, channel, "alerts list")

    assert "Gérer le serveur" in forced.text
    assert "Envoyer des messages" in lacking.text and f"<#{closed.id}>" in lacking.text
    assert f"Les messages iront dans <#{channel.id}>" in saved.text
    assert "plan de paix" in preset.text
    assert "l’un des deux" in both.text
    assert "Poutine" in listed.text and "en résumé" in listed.text
    assert [place.channel_id for _, _, place in await home.watches_of_server(guild.id)] == [channel.id, channel.id]
    home.clean()


async def test_alerts_mention_only_what_may_be_mentioned(home: House) -> None:
    guild, channel, admin, _ = server(home)
    quiet = home.discord.role(guild, "Muets")
    loud = home.discord.role(guild, "Diplomatie", mentionable=True)

    refused = await home.discord.slash(admin, channel, "alerts add", {"phrase": PHRASE, "mention": quiet})
    saved = await home.discord.slash(admin, channel, "alerts add", {"phrase": PHRASE, "mention": loud})

    assert "ne peut pas mentionner" in refused.text
    ((_, subscription, _),) = await home.watches_of_server(guild.id)
    assert subscription.mention_role == loud.id
    assert "mentionne" in saved.text
    home.clean()


async def test_a_preview_shows_the_alert_to_the_asker_alone(home: House) -> None:
    guild, channel, admin, _ = server(home)
    await home.discord.slash(admin, channel, "alerts add", {"phrase": PHRASE})
    ((watch, _, _),) = await home.watches_of_server(guild.id)
    nothing = await home.discord.slash(admin, channel, "alerts preview", {"watch": str(watch.id)})
    await home.article(TITLE)
    shown = await home.discord.slash(admin, channel, "alerts preview", {"watch": str(watch.id)})

    assert "rien trouvé" in nothing.text
    assert "Genève vendredi" in shown.text and shown.ephemeral
    assert home.discord.posts(channel) == []
    home.clean()


async def test_the_digest_now_groups_stories_by_watch(home: House) -> None:
    anna = home.discord.user("anna", locale="fr")
    before = await home.discord.slash(anna, None, "digest now")
    await home.discord.slash(anna, None, "watch add", {"phrase": PHRASE})
    nothing = await home.discord.slash(anna, None, "digest now", {"hours": 3})
    await home.article(TITLE)
    await home.article("Zelensky rencontre Poutine : le sommet est confirmé")
    digest = await home.discord.slash(anna, None, "digest now")

    assert "Créez-en une" in before.text
    assert "Rien de nouveau" in nothing.text
    assert "Résumé" in digest.text and "Genève vendredi" in digest.text and "est confirmé" in digest.text
    assert digest.ephemeral
    home.clean()


async def test_a_digest_is_scheduled_for_oneself_and_for_a_channel(home: House) -> None:
    _, channel, admin, anna = server(home)

    own = await home.discord.slash(anna, channel, "digest schedule", {"times": "8h,18:30", "days": "lun-ven"})
    wrong = await home.discord.slash(anna, channel, "digest schedule", {"times": "midi"})
    hidden = await home.discord.slash(anna, channel, "digest schedule", {"times": "8", "channel": channel})
    shared = await home.discord.slash(
        admin, channel, "digest schedule", {"times": "7", "channel": channel, "timezone": "Europe/Kyiv"}
    )
    zone = await home.discord.slash(anna, channel, "digest schedule", {"times": "8", "timezone": "Mars/Base"})

    assert "08:00, 18:30" in own.text and "lun, mar, mer, jeu, ven" in own.text and "Europe/Paris" in own.text
    assert "ne donne pas d’heures" in wrong.text
    assert "Gérer le serveur" in hidden.text
    assert f"<#{channel.id}>" in shared.text and "Europe/Kyiv" in shared.text
    assert "n’est pas un fuseau horaire" in zone.text
    home.clean()


async def test_search_pages_turn_by_buttons_that_carry_the_query(home: House) -> None:
    anna = home.discord.user("anna", locale="fr")
    for number in range(7):
        await home.article(f"Le sommet numéro {number}", age=timedelta(minutes=number + 1))

    first = await home.discord.slash(anna, None, "search", {"text": "sommet", "since": "7j"})
    second = await home.discord.click(anna, first, "Suite")
    none = await home.discord.slash(anna, None, "search", {"text": "xylophone"})
    when = await home.discord.slash(anna, None, "search", {"text": "sommet", "since": "hier"})

    assert "numéro 0" in first.message.versions[0].text and "histoires 1 à 5" in first.message.versions[0].text
    assert "numéro 6" in second.text and "numéro 0" not in second.text
    assert "Aucune histoire" in none.text
    assert "n’est pas une date" in when.text
    home.clean()


async def test_latest_story_and_timeline(home: House) -> None:
    anna = home.discord.user("anna", locale="fr")
    _, story = await home.article(TITLE, "Les deux présidents.", age=timedelta(hours=3))
    await home.article("Putin-Zelensky summit in Geneva", lang="en", source="daily.example", story=story)

    latest = await home.discord.slash(anna, None, "latest")
    offered = await home.discord.autocomplete(anna, None, "story", "story", "genève")
    shown = await home.discord.slash(anna, None, "story", {"story": offered.choices[0]["value"]})
    timeline = await home.discord.slash(anna, None, "timeline", {"topic": "sommet"})
    unknown = await home.discord.slash(anna, None, "story", {"story": "123"})

    assert "Genève" in latest.text
    assert offered.choices[0]["value"] == str(story)
    assert "Le premier" in shown.text and "daily.example" in shown.text and "français, anglais" in shown.text
    assert "Chronologie" in timeline.text and "Genève" in timeline.text
    assert "pas été trouvée" in unknown.text
    home.clean()


async def test_whatsnew_tells_once(home: House) -> None:
    anna = home.discord.user("anna", locale="fr")
    await home.discord.slash(anna, None, "watch add", {"phrase": PHRASE})
    await home.article(TITLE)

    first = await home.discord.slash(anna, None, "whatsnew")
    second = await home.discord.slash(anna, None, "whatsnew")

    assert "Quoi de neuf" in first.text and "Genève" in first.text
    assert "Rien de nouveau" in second.text
    home.clean()


async def test_why_explains_matches_and_misses(home: House) -> None:
    anna = home.discord.user("anna", locale="fr")
    await home.discord.slash(anna, None, "watch add", {"phrase": PHRASE})
    hit, _ = await home.article(TITLE)
    miss, _ = await home.article("Le prix du blé monte", url="https://quotidien.example/ble")

    matched = await home.discord.slash(anna, None, "why", {"link": hit.url})
    missed = await home.discord.slash(anna, None, "why", {"link": miss.url})
    unknown = await home.discord.slash(anna, None, "why", {"link": "https://nowhere.example/x"})

    assert "sur 100" in matched.text and ": correspond" in matched.text.replace("\u00a0", " ")
    assert "ne correspond pas" in missed.text
    assert "ne connaît pas cet article" in unknown.text
    home.clean()


async def test_settings_follow_into_the_answers(home: House) -> None:
    _, channel, admin, anna = server(home)

    shown = await home.discord.slash(anna, channel, "settings")
    saved = await home.discord.slash(
        anna,
        channel,
        "settings",
        {"language": "anglais", "quiet": "22:00-07:00", "budget": 5, "timezone": "Europe/Kyiv"},
    )
    after = await home.discord.slash(anna, channel, "settings")
    wrong = await home.discord.slash(anna, channel, "settings", {"quiet": "la nuit"})
    denied = await home.discord.slash(anna, channel, "settings", {"channel": channel, "quiet": "22-7"})
    shared = await home.discord.slash(admin, channel, "settings", {"channel": channel, "quiet": "23-6"})

    assert "celle de Discord" in shown.text
    assert "Saved." in saved.text and "22:00–07:00" in saved.text and "5 alerts a day" in saved.text
    assert "Europe/Kyiv" in after.text and "English" in after.text
    assert "is no span of hours" in wrong.text
    assert "Manage Server" in denied.text
    assert "23:00–06:00" in shared.text
    home.clean()


async def test_my_data_is_exported_and_erased_by_its_owner_alone(home: House) -> None:
    _, channel, _admin, anna = server(home)
    await home.discord.slash(anna, channel, "watch add", {"phrase": PHRASE})

    export = await home.discord.slash(anna, channel, "mydata export")
    ask = await home.discord.slash(anna, channel, "mydata erase")
    kept = len(await home.front.members.watches(Owner(OwnerKind.MEMBER, anna.id)))
    done = await home.discord.click(anna, ask, "Tout effacer")

    (file,) = export.files
    assert PHRASE in file.data.decode()
    assert json.loads(file.data)
    assert kept == 1
    assert "Tout est effacé" in done.text
    assert await home.front.members.watches(Owner(OwnerKind.MEMBER, anna.id)) == []
    home.clean()


async def test_status_and_feeds_show_figures(home: House) -> None:
    _guild, channel, admin, anna = server(home)
    await home.article(TITLE)

    status = await home.discord.slash(anna, channel, "status")
    feeds = await home.discord.slash(anna, channel, "feeds list")
    health = await home.discord.slash(anna, channel, "feeds health")
    denied = await home.discord.slash(anna, channel, "feeds add", {"url": "https://site.example/feed"})
    private = await home.discord.slash(admin, channel, "feeds add", {"url": "http://127.0.0.1:1/feed"})
    exported = await home.discord.slash(admin, channel, "feeds export")
    broken = await home.discord.slash(admin, channel, "feeds import", {"file": ("x.opml", b"<opml")})

    assert "1 article gardé" in status.text and "1 serveur" in status.text
    assert "Aucune source" in feeds.text and "Aucune source" in health.text
    assert "Gérer le serveur" in denied.text
    assert "ne peut pas être lue" in private.text
    assert exported.files[0].filename == "vigie.opml"
    assert "⛔" in broken.text
    home.clean()


async def test_a_trend_is_a_picture_with_words_beside_it(home: House) -> None:
    anna = home.discord.user("anna", locale="uk")
    await home.article(TITLE)
    await home.article("Putin summit", lang="en", age=timedelta(days=2))

    shown = await home.discord.slash(anna, None, "trend", {"topic": "sommet, Genève", "days": 7})
    none = await home.discord.slash(anna, None, "trend", {"topic": "xylophone"})
    many = await home.discord.slash(anna, None, "trend", {"topic": "a,b,c,d,e"})

    (file,) = shown.files
    assert file.data.startswith(b"\x89PNG") and len(file.data) < 300_000
    assert "Статей за день" in shown.text and "2 статті" in shown.text
    assert "Жодна з цих тем" in none.text
    assert "чотири теми" in many.text
    home.clean()


async def test_a_watch_in_ukrainian_answers_in_ukrainian(home: House) -> None:
    olena = home.discord.user("olena", locale="uk")

    saved = await home.discord.slash(olena, None, "стеження додати", {"фраза": "саміт Путін Зеленський"})

    assert "Стеження збережено" in saved.text and "Зрозуміло так" in saved.text
    home.clean()
