"""The repository as a whole: what must be there, what must not, and that what the packaging names exists."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
TEXT_SUFFIXES = {
    ".py",
    ".md",
    ".toml",
    ".yaml",
    ".yml",
    ".sh",
    ".po",
    ".xml",
    ".tsv",
    ".lock",
    ".json",
    ".ini",
    ".mako",
    ".cfg",
    "",
}
SKIPPED = {".git", ".venv", ".boot", "data", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache", "__pycache__", "dist"}  # fmt: skip


def project_files() -> Iterator[Path]:
    """The project's own text files: what git keeps, or what stands there when this is no clone."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if done.returncode == 0:
        paths = [ROOT / name for name in done.stdout.decode().split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not SKIPPED & set(path.relative_to(ROOT).parts)]
    for path in paths:
        if path.is_file() and path.suffix in TEXT_SUFFIXES and path != Path(__file__):
            yield path


@pytest.mark.parametrize(
    "name",
    [
        "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "Dockerfile", "docker-compose.yml", ".dockerignore",
        ".env.example", ".gitignore", ".ci/run", ".github/workflows/ci.yml", ".pre-commit-config.yaml", "pyproject.toml", "requirements.lock",
        "requirements-dev.lock", "config/vigie.toml", "config/feeds.yaml", "config/watches.yaml", "docs/architecture.md", "docs/operations.md",
        "docs/lexicon.md",
    ],
)  # fmt: skip
def test_what_a_visitor_expects_is_there(name: str) -> None:
    assert (ROOT / name).stat().st_size > 0


def test_no_file_names_a_machine_of_its_makers() -> None:
    # Written in pieces, so that this file does not find itself.
    forbidden = re.compile(
        "(?<![a-z])/"
        + r"(?:work|root|home/[a-z]+)/|(?<![a-z-])"
        + "farm"
        + r"-[a-z]+|file:///opt|pypi"
        + r"\.org|pythonhosted"
    )
    allowed = {ROOT / "tests" / "test_repository.py"}
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in project_files()
        if path not in allowed
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if forbidden.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_pin_and_hash_everything_and_hold_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|--index-url|--find-links|--extra-index", text)
    blocks = re.split(
        r"\n(?=[A-Za-z0-9])", "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    )
    packages = [block for block in blocks if block.strip()]
    assert len(packages) > 20
    for block in packages:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^ ]+", block), block[:80]
        assert "--hash=sha256:" in block, block[:80]


def test_locks_hold_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    def name_of(requirement: str) -> str:
        return re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]+", requirement).group()).lower()  # type: ignore[union-attr] - each begins with a name

    def locked(file: str) -> set[str]:
        text = (ROOT / file).read_text(encoding="utf-8")
        return {name_of(line) for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)}

    run = {name_of(item) for item in project["project"]["dependencies"]}
    dev = {name_of(item) for item in project["dependency-groups"]["dev"]}
    assert run - locked("requirements.lock") == set()
    assert (run | dev) - locked("requirements-dev.lock") == set()


def test_the_parser_library_is_imported_only_by_the_parsers_child() -> None:
    importers = set()
    for path in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            if any(name.split(".")[0] == "feedparser" for name in names):
                importers.add(path.relative_to(ROOT / "bot").as_posix())
    assert importers == {"feeds/parse_child.py"}


def test_the_dockerfile_copies_what_exists_and_what_the_context_holds() -> None:
    kept = {line[1:].rstrip("/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    lines = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8")).splitlines()
    sources = []
    for words in (shlex.split(line) for line in lines if line.startswith("COPY ")):
        if not any(word.startswith("--from=") for word in words):
            sources += [word.rstrip("/") for word in words[1:-1] if not word.startswith("--")]
    assert len(sources) >= 4
    for source in sources:
        assert (ROOT / source).exists(), source
        assert any(source == name or source.startswith(f"{name}/") for name in kept), (
            f"{source} is left out by .dockerignore"
        )


def test_the_image_runs_as_nobody_special_checks_itself_and_installs_by_hash() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    final = text.split("\nFROM ")[-1]
    assert "\nUSER vigie\n" in final
    assert "HEALTHCHECK" in final and "container-health" in final
    assert "pip" not in final.split("\n", 1)[1]
    assert "--require-hashes" in text
    assert (ROOT / "packaging" / "container-health.py").exists()


def compose() -> dict[str, dict[str, dict[str, object]]]:
    parsed = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert isinstance(parsed, dict)
    return parsed


def started(profile: str | None) -> set[str]:
    """The services that compose starts: those without a profile, and those of this one."""
    return {
        name
        for name, service in compose()["services"].items()
        if not service.get("profiles") or profile in service["profiles"]  # type: ignore[operator] - a list by the compose form
    }


def test_compose_starts_one_bot_in_every_profile() -> None:
    assert started(None) == {"vigie"}
    assert started("postgres") == {"vigie", "postgres"}
    assert started("scale") == {"vigie", "postgres", "worker"}


def test_compose_refers_only_to_what_it_defines() -> None:
    parsed = compose()
    for name, service in parsed["services"].items():
        volumes = service.get("volumes", [])
        assert isinstance(volumes, list)
        for volume in volumes:
            source = str(volume).split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).exists(), f"{name}: {source}"
            else:
                assert source in parsed["volumes"], f"{name}: {source}"
        needed = service.get("depends_on", {})
        assert isinstance(needed, dict)
        assert set(needed) <= set(parsed["services"]), name
        for other, condition in needed.items():
            # Without its profile the other one is not there: then it must not be required.
            profiles = parsed["services"][other].get("profiles")
            own = service.get("profiles")
            assert own or not profiles or condition["required"] is False, f"{name}: {other}"


def container_start(folder: Path, arguments: list[str], hosts: set[str], **environment: str) -> tuple[int, str, str]:
    """Runs the container's start with ``hosts`` beside it and a data folder of its own; answers code, what would run, and errors."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "getent").write_text(f'#!/bin/sh\ncase " {" ".join(hosts)} " in *" $2 "*) exit 0;; esac\nexit 2\n')
    (tools / "python").write_text('#!/bin/sh\necho "$VIGIE_DATABASE_URL $*"\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    script = (ROOT / "packaging" / "container-start.sh").read_text().replace("data=/app/data", f"data={folder}")
    done = subprocess.run(
        ["sh", "-c", script, "container-start", *arguments], capture_output=True, text=True, check=False,
        env={"PATH": f"{tools}:/usr/bin:/bin", **environment},
    )  # fmt: skip
    return done.returncode, done.stdout.strip(), done.stderr


def test_the_container_takes_the_database_that_compose_started(tmp_path: Path) -> None:
    assert container_start(tmp_path, ["run"], set())[1] == f"sqlite:///{tmp_path}/vigie.db -m bot run"
    assert (
        container_start(tmp_path, ["check"], set(), VIGIE_DATABASE_URL="postgresql://a/b")[1]
        == "postgresql://a/b -m bot check"
    )
    on_postgres = container_start(tmp_path, ["run"], {"postgres"}, POSTGRES_PASSWORD="geheim")
    assert on_postgres[1] == "postgresql://vigie:geheim@postgres/vigie -m bot run"
    scaled = container_start(tmp_path, ["run"], {"postgres", "worker"})
    assert scaled[1] == "postgresql://vigie:vigie@postgres/vigie -m bot run --role gateway"
    worker = container_start(tmp_path, ["run", "--role", "worker"], {"postgres", "worker"})
    assert worker[1].endswith("-m bot run --role worker")


def test_a_container_never_falls_back_from_postgresql_to_an_empty_file(tmp_path: Path) -> None:
    assert container_start(tmp_path, ["run"], {"postgres"})[0] == 0
    code, ran, said = container_start(tmp_path, ["run"], set())
    assert (code, ran) == (1, "")
    assert "--profile postgres" in said


def test_make_targets_of_the_product_exist_and_say_what_they_do() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("run", "demo", "test", "check", "bench", "quality", "lock", "clean"):
        assert re.search(rf"^{target}:", text, re.MULTILINE), target
        assert re.search(rf'@echo "make {target}\b', text), target


def test_a_python_that_is_too_old_is_one_clear_line(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = subprocess.run(
        ["make", "-f", str(ROOT / "Makefile"), "install", f"PYTHON={old}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    # The lock is looked for in this empty folder: give make what it wants, so that only Python is missing.
    (tmp_path / "requirements.lock").touch()
    done = subprocess.run(
        ["make", "-f", str(ROOT / "Makefile"), "install", f"PYTHON={old}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stderr


def test_ci_runs_what_the_readme_names_on_every_supported_python() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    versions = {row["python"] for row in workflow["jobs"]["green"]["strategy"]["matrix"]["include"]}
    assert {"3.11", "3.12", "3.13", "3.14"} <= versions
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert "make check" in script and "make test" in script
    assert (ROOT / ".ci/run").stat().st_mode & 0o111


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/operations.md"])
def test_links_within_the_documents_lead_somewhere(name: str) -> None:
    file = ROOT / name
    for target in re.findall(r"\]\(([^)#\s]+)", file.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (file.parent / target).exists(), f"{name}: {target}"


def test_documented_variables_are_settings() -> None:
    from bot.settings import load_settings

    documents = "".join(
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("README.md", "docs/operations.md", ".env.example", "Dockerfile")
    )
    values = {"VIGIE_FETCH__ALLOW_PRIVATE": "[]", "VIGIE_LOG__LEVEL": "info", "VIGIE_LOG__FORMAT": "json", "VIGIE_GENERAL__LANGUAGE": "fr",
              "VIGIE_GENERAL__TIMEZONE": "Europe/Paris", "VIGIE_HTTP__LISTEN": "127.0.0.1:8080", "VIGIE_FETCH__CONTACT": "https://a.example"}  # fmt: skip
    named = set(re.findall(r"VIGIE_[A-Z]+__[A-Z_]+", documents)) - {"VIGIE_SECTION__KEY"}
    assert named == set(values)
    load_settings(ROOT / "config" / "vigie.toml", values)


def test_bench_finds_its_benchmarks() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "nonsense"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "there are" in done.stderr and "matching" in done.stderr
