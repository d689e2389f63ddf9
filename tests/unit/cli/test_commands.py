"""The commands over store, lexicon and feeds, as processes against the shipped configuration and a local server; they share one data folder."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import yaml

from tests.standins.feed_server import FeedServer, Reply
from tests.unit.cli.vigie import ROOT, environment, vigie

RSS = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Le Phare</title><language>fr</language>
<item><title>Un sommet à Genève</title><link>https://phare.example/1</link><guid>1</guid></item></channel></rss>"""


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One data folder for all of them: the lexicon is compiled once."""
    return environment(tmp_path_factory.mktemp("home"))


def test_check_has_a_line_for_each_part(env: dict[str, str]) -> None:
    done = vigie("check", env=env, timeout_s=180)
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        f"ok     {part}" for part in ("settings", "feeds", "lexicon", "presets", "database", "token")
    ]
    assert "none set" in lines[-1]


def test_check_names_each_mistake_and_fails(env: dict[str, str], tmp_path: Path) -> None:
    config = tmp_path / "config"
    (config / "lexicon" / "subject").mkdir(parents=True)
    (config / "feeds.yaml").write_text("feeds:\n  - url: nonsense\n    title: A\n", encoding="utf-8")
    (config / "watches.yaml").write_text("presets: []\n", encoding="utf-8")
    (config / "vigie.toml").write_text("", encoding="utf-8")
    changed = {
        **env, "VIGIE_CONFIG": str(config), "VIGIE_DATABASE_URL": f"sqlite:///{tmp_path}/nowhere\0/x.db".replace("\0", ""),
        "DISCORD_TOKEN": "not a token",
    }  # fmt: skip
    (tmp_path / "nowhere").write_text("a file where a folder should be", encoding="utf-8")
    done = vigie("check", env=changed, timeout_s=120)
    assert done.returncode == 1
    bad = [line.split(":")[0].split()[1] for line in done.stderr.splitlines() if line.startswith("error")]
    assert bad == ["feeds", "lexicon", "presets", "database", "token"]
    assert f"{config}/feeds.yaml:2:" in done.stderr
    assert "not a token" not in done.stderr
    assert "Traceback" not in done.stderr


def test_search_finds_nothing_in_an_empty_store_and_says_so(env: dict[str, str]) -> None:
    done = vigie("search", "cessez-le-feu", "--since", "7d", env=env, timeout_s=120)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "no article" in done.stderr


def test_a_members_data_are_exported_and_erased(env: dict[str, str]) -> None:
    done = vigie("member", "export", "123456789012345678", env=env, timeout_s=120)
    assert done.returncode == 0, done.stderr
    assert isinstance(json.loads(done.stdout), dict)
    done = vigie("member", "erase", "123456789012345678", "--yes", env=env, timeout_s=120)
    assert done.returncode == 0, done.stderr
    assert all(count == 0 for count in json.loads(done.stdout).values())


def test_the_feed_list_goes_out_as_lines_and_as_opml_and_opml_comes_in(env: dict[str, str], tmp_path: Path) -> None:
    listed = vigie("feeds", "list", env=env, timeout_s=120)
    assert listed.returncode == 0, listed.stderr
    feeds = [json.loads(line) for line in listed.stdout.splitlines()]
    shipped = yaml.safe_load((ROOT / "config" / "feeds.yaml").read_text(encoding="utf-8"))["feeds"]
    assert {feed["url"] for feed in feeds} == {feed["url"] for feed in shipped}
    exported = vigie("feeds", "export", env=env, timeout_s=120)
    assert exported.returncode == 0
    assert exported.stdout.count("<outline") >= len(feeds)
    opml = (
        '<opml version="2.0"><head/><body><outline type="rss" text="Neu" xmlUrl="https://neu.example/rss"/>'
        '<outline type="rss" text="Drin" xmlUrl="http://127.0.0.1/rss"/></body></opml>'
    )
    imported = vigie("feeds", "import", "-", env=env, stdin=opml.encode(), timeout_s=120)
    assert imported.returncode == 0, imported.stderr
    assert "1 feeds added" in imported.stderr, "the private address is left out"
    again = vigie("feeds", "import", "-", env=env, stdin=opml.encode(), timeout_s=120)
    assert "0 feeds added, 1 were" in again.stderr
    removed = vigie("feeds", "remove", "https://neu.example/rss", env=env, timeout_s=120)
    assert removed.returncode == 0, removed.stderr
    assert vigie("feeds", "remove", "https://neu.example/rss", env=env, timeout_s=120).returncode == 2
    shipped_one = vigie("feeds", "remove", feeds[0]["url"], env=env, timeout_s=120)
    assert shipped_one.returncode == 1
    assert "enabled: false" in shipped_one.stderr


def test_what_is_no_opml_is_one_line(env: dict[str, str]) -> None:
    done = vigie("feeds", "import", "-", env=env, stdin=b"<html>", timeout_s=120)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and done.stderr.startswith("-:")


@pytest.mark.asyncio
async def test_feeds_check_says_what_it_saw_stores_nothing_and_fails_when_one_fails(
    env: dict[str, str], tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.mkdir()
    (config / "lexicon").symlink_to(ROOT / "config" / "lexicon")
    async with FeedServer() as server:
        server.serve("/good.xml", RSS.encode(), etag='"1"')
        server.script("/bad.xml", Reply(200, b"<html><body>no feed</body></html>"))
        good, bad = server.url("/good.xml"), server.url("/bad.xml")
        (config / "feeds.yaml").write_text(
            f"feeds:\n  - {{url: '{good}', title: Gut, language: fr}}\n  - {{url: '{bad}', title: Schlecht, language: fr}}\n",
            encoding="utf-8",
        )
        changed = {
            **env, "VIGIE_CONFIG": str(config), "VIGIE_FETCH__HOST_GAP_S": "0",
            "VIGIE_FETCH__ALLOW_PRIVATE": json.dumps(["{}:{}".format(*server.pair)]),
            "VIGIE_DATABASE_URL": env["VIGIE_DATABASE_URL"].replace("vigie.db", "world.db"),
        }  # fmt: skip
        for _ in range(2):
            done = await asyncio.to_thread(vigie, "feeds", "check", env=changed, timeout_s=120)
            assert done.returncode == 1, done.stderr
            first, second = (json.loads(line) for line in done.stdout.splitlines())
            # A second look is no conditional one: nothing was stored.
            assert (first["url"], first["outcome"], first["entries"], first["status"]) == (good, "parsed", 1, 200)
            assert (second["url"], second["outcome"]) == (bad, "failed")
            assert done.stderr.splitlines()[-1] == "1 of 2 feeds can be read"
        only = await asyncio.to_thread(vigie, "feeds", "check", good, env=changed, timeout_s=120)
        assert only.returncode == 0, only.stderr
        refused = await asyncio.to_thread(vigie, "feeds", "add", good, env=changed, timeout_s=120)
        assert refused.returncode == 1, "a private address is not opened to what is added"
        assert refused.stderr.startswith(good) and "Traceback" not in refused.stderr


def test_demo_shows_an_alert_its_update_and_a_digest_marked_as_a_sample(env: dict[str, str]) -> None:
    home = Path(env["VIGIE_DATABASE_URL"].removeprefix("sqlite:///")).parent
    before = set(home.iterdir())
    done = vigie("demo", env=env, timeout_s=180)
    assert done.returncode == 0, done.stderr
    alert = done.stdout.index("▌ Alerte · ")
    update = done.stdout.index("▌ Alerte complétée · ")
    digest = done.stdout.index("Résumé du ")
    assert alert < update < digest
    assert done.stdout.count("▌ Alerte · ") == 1, "one message for one development"
    assert "2 sources indépendantes" in done.stdout[alert:update]
    assert "3 sources indépendantes" in done.stdout[update:digest]
    for outlet in ("phare-du-soir.example [fr]", "harbour-ledger.example [en]", "visnyk-zatoky.example [uk]"):
        assert outlet in done.stdout[update:digest].replace("\n  ", "")
    assert "ces articles sont inventés" in done.stdout[digest:]
    assert "Savoie" not in done.stdout, "what is off the subject stays away"
    assert "\x1b" not in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    assert set(home.iterdir()) == before, "nothing stays"
