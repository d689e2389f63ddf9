"""Configuration: the shipped files are good, and every mistake is told with file, line, field and what is accepted."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.settings import Settings, load_catalogue, load_presets, load_settings, read_token
from bot.settings.problems import ConfigurationProblems
from bot.settings.yaml_lines import YamlFile

CONFIG = Path(__file__).parents[3] / "config"


def problems(folder: Path, toml: str, **environment: str) -> list[str]:
    """The lines for a ``vigie.toml`` that is wrong, without the folder."""
    path = folder / "vigie.toml"
    path.write_text(toml, encoding="utf-8")
    with pytest.raises(ConfigurationProblems) as caught:
        load_settings(path, environment)
    return [line.replace(f"{folder}/", "") for line in caught.value.lines]


# -- vigie.toml


def test_the_shipped_file_is_exactly_the_defaults() -> None:
    assert load_settings(CONFIG / "vigie.toml", {}) == Settings()


def test_every_setting_stands_in_the_shipped_file() -> None:
    shipped = tomllib.loads((CONFIG / "vigie.toml").read_text(encoding="utf-8"))
    settings = Settings()
    assert set(shipped) == set(Settings.model_fields)
    for name, values in shipped.items():
        section = getattr(settings, name)
        if isinstance(values, dict):
            fields = type(section).model_fields if isinstance(section, BaseModel) else section.__dataclass_fields__
            assert set(values) == set(fields), name


def test_every_figure_of_fetching_is_documented() -> None:
    text = (CONFIG.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    section = text.split("## Fetching\n")[1].split("\n## ")[0]
    assert {name for name in Settings().fetch.__dataclass_fields__ if f"`{name}`" not in section} == set()


def test_a_missing_file_means_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "vigie.toml", {}) == Settings()


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    path = tmp_path / "vigie.toml"
    path.write_text("[general]\nlanguage = 'en'\n", encoding="utf-8")
    settings = load_settings(
        path,
        {
            "VIGIE_GENERAL__LANGUAGE": "uk",
            "VIGIE_DATABASE_URL": "postgresql://vigie@db/vigie",
            "VIGIE_DELIVERY__BURST": "3",
            "VIGIE_FETCH__ALLOW_PRIVATE": '["127.0.0.1:8000", "[::1]:9000"]',
            "UNRELATED": "x",
        },
    )
    assert settings.general.language == "uk"
    assert settings.database_url == "postgresql://vigie@db/vigie"
    assert settings.delivery.burst == 3
    assert ("127.0.0.1", 8000) in settings.fetch.allow_private


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        ("[general]\nlanguage = 'de'\n", r"vigie.toml:2: general.language: .*'fr', 'en' or 'uk'.*'de'"),
        ("[general]\ntimezone = 'Mars/Olympus'\n", r"vigie.toml:2: general.timezone: .*Europe/Paris.*Mars"),
        ("[delivery]\n\nburst = 0\n", r"vigie.toml:3: delivery.burst: .*greater than or equal to 1.*0"),
        ("[delivery]\nburst = 'many'\n", r"vigie.toml:2: delivery.burst: .*integer.*'many'"),
        ("[delivery]\nbrust = 3\n", r"vigie.toml:2: delivery.brust: no such key"),
        ("[delivary]\nburst = 3\n", r"vigie.toml:1: delivary: no such key"),
        ("database_url = 'mysql://x'\n", r"vigie.toml:1: database_url: .*sqlite:/// or postgresql://.*mysql"),
        ("[http]\nlisten = '8080'\n", r"vigie.toml:2: http.listen: .*host:port"),
        ("[http\n", r"vigie.toml:1: not valid TOML"),
        ("[general]\nlanguage = \n", r"vigie.toml:2: not valid TOML"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_place(toml: str, line: str, tmp_path: Path) -> None:
    found = problems(tmp_path, toml)
    assert len(found) == 1
    assert re.match(line, found[0]), found[0]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, "[general]\nlanguage = 'de'\n[log]\nlevel = 'loud'\n", VIGIE_DELIVERY__BURST="0")
    assert len(found) == 3
    assert [line.split(": ")[1] for line in found if not line.startswith("environment")] == [
        "general.language",
        "log.level",
    ]


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("VIGIE_LOG__LEVEL", "loud", r"environment: VIGIE_LOG__LEVEL: .*'debug', 'info', 'warning' or 'error'.*'loud'"),
        ("VIGIE_DELIVERY__BURST", "0", r"environment: VIGIE_DELIVERY__BURST: .*greater than or equal to 1"),
        ("VIGIE_DELIVERY__BRUST", "3", r"environment: VIGIE_DELIVERY__BRUST: no such key"),
        ("VIGIE_DELIVARY__BURST", "3", r"environment: VIGIE_DELIVARY__BURST: no such key|.*delivary.*no such key"),
        ("VIGIE_DELIVERY__BURST__MORE", "3", r"environment: VIGIE_DELIVERY__BURST__MORE: .*VIGIE_SECTION__KEY"),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(name: str, value: str, line: str, tmp_path: Path) -> None:
    found = problems(tmp_path, "", **{name: value})
    assert len(found) == 1
    assert re.match(line, found[0]), found[0]


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "vigie.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationProblems, match="cannot be read as UTF-8"):
        load_settings(tmp_path / "vigie.toml", {})


# -- the token


def test_the_token_comes_from_the_variable_or_its_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("  from-file \n", encoding="utf-8")
    assert read_token({}) is None
    assert read_token({"DISCORD_TOKEN": " direct "}) == "direct"
    assert read_token({"DISCORD_TOKEN_FILE": str(file)}) == "from-file"
    assert read_token({"DISCORD_TOKEN": "direct", "DISCORD_TOKEN_FILE": str(file)}) == "direct"


def test_a_token_file_that_cannot_be_used_is_told_without_its_contents(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"geheim\xff")
    for name, word in (("missing", "cannot be read"), ("empty", "is empty"), ("binary", "not UTF-8 text")):
        with pytest.raises(ConfigurationProblems) as caught:
            read_token({"DISCORD_TOKEN_FILE": str(tmp_path / name)})
        assert word in str(caught.value)
        assert "DISCORD_TOKEN_FILE" in str(caught.value)
        assert "geheim" not in str(caught.value)


# -- feeds.yaml, watches.yaml


def test_the_shipped_feeds_are_good_and_cover_the_five_languages() -> None:
    feeds = load_catalogue(CONFIG / "feeds.yaml")
    enabled = [feed for feed in feeds if feed.enabled]
    assert {"fr", "en", "uk", "ru", "de"} <= {feed.language for feed in enabled}
    assert len({feed.url for feed in feeds}) == len(feeds)


def test_the_shipped_presets_are_good_and_named_in_every_interface_language() -> None:
    presets = load_presets(CONFIG / "watches.yaml")
    assert presets
    assert all(preset.names.for_language(language) for preset in presets for language in ("fr", "en", "uk"))
    assert presets[0].names.for_language("xx") == presets[0].names.en


FEED = "feeds:\n  - url: https://a.example/rss\n    title: A\n"


@pytest.mark.parametrize(
    ("yaml", "line"),
    [
        ("feeds:\n  - title: A\n", r"f.yaml:2: feeds.0.url: is missing"),
        (FEED.replace("https", "ftp"), r"f.yaml:2: feeds.0.url: .*http:// or https://"),
        (FEED + "    kind: blog\n", r"f.yaml:4: feeds.0.kind: .*'agency'.*'blog'"),
        (FEED + "    interval: 12\n", r"f.yaml:4: feeds.0.interval: .*300"),
        (FEED + "    colour: red\n", r"f.yaml:4: feeds.0.colour: no such key"),
        (FEED + "  - url: https://a.example/rss\n    title: B\n", r"f.yaml:4: url: .*stands already in line 2"),
        (FEED + "    title: again\n", r"f.yaml:4: title: stands twice"),
        ("feeds: [\n", r"f.yaml:\d: not valid YAML"),
        (FEED + "    note: !!python/object:os.system x\n", r"f.yaml:4: .*tagged|f.yaml:4: not valid YAML"),
    ],
)
def test_a_mistake_in_a_list_is_told_with_its_place(yaml: str, line: str, tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(yaml, encoding="utf-8")
    with pytest.raises(ConfigurationProblems) as caught:
        load_catalogue(path)
    found = [text.replace(f"{tmp_path}/", "") for text in caught.value.lines]
    assert re.match(line, found[0]), found


def test_a_missing_list_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationProblems, match="the file is missing"):
        load_catalogue(tmp_path / "f.yaml")


def test_two_presets_of_one_key_are_told(tmp_path: Path) -> None:
    path = tmp_path / "w.yaml"
    preset = "  - key: abc\n    phrase: x\n    names: {fr: a, en: b, uk: c}\n"
    path.write_text(f"presets:\n{preset}{preset}", encoding="utf-8")
    with pytest.raises(ConfigurationProblems, match=r"w.yaml:5: key: abc stands twice"):
        load_presets(path)


def test_yaml_takes_words_for_words(tmp_path: Path) -> None:
    path = tmp_path / "traps.yaml"
    path.write_text(
        "country: no\ntime: 12:30\nday: 2026-11-22\nyes: on\nn: 3\nb: true\nnothing: null\noctal: 010\n",
        encoding="utf-8",
    )
    assert YamlFile(path).value == {
        "country": "no", "time": "12:30", "day": "2026-11-22", "yes": "on", "n": 3, "b": True, "nothing": None, "octal": "010",
    }  # fmt: skip
