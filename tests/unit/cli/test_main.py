"""The command line's manners: help, exit codes, one clear line for what is wrong, and no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot import __version__
from bot.cli.context import report
from bot.cli.lazy import load
from bot.cli.main import COMMANDS
from bot.model.errors import ConfigurationError, NotFoundError, StoreError
from bot.settings.problems import ConfigurationProblems
from tests.unit.cli.vigie import ROOT, environment, vigie

SUBCOMMANDS = {
    "feeds": {"list", "check", "add", "remove", "import", "export", "parse"},
    "lexicon": {"check", "lookup"},
    "db": {"upgrade", "backup", "stats"},
    "member": {"export", "erase"},
}


def test_help_names_every_command_of_the_product() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--help"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0
    wanted = {"run", "demo", "check", "match", "stories", "search", "feeds", "lexicon", "db", "member"}
    assert wanted == set(COMMANDS)
    assert all(f"\n  {name} " in done.stdout for name in wanted)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, tmp_path: Path) -> None:
    done = vigie(name, "--help", env=environment(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "Usage: vigie" in done.stdout and name in done.stdout
    command = load(name, COMMANDS[name])
    assert set(getattr(command, "commands", {})) | set(getattr(command, "lazy", {})) >= SUBCOMMANDS.get(name, set())


def test_version(tmp_path: Path) -> None:
    assert vigie("--version", env=environment(tmp_path)).stdout == f"vigie {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["nonsense"], "nonsense"),
        (["run", "--sink", "fax"], "fax"),
        (["run", "--role", "worker"], "postgresql://"),
        (["search"], "query"),
        (["search", "x", "--since", "yesterday"], "'yesterday'"),
        (["search", "x", "--limit", "0"], "--limit"),
        (["member", "export", "anna"], "DISCORD_ID"),
        (["member", "erase", "12"], "--yes"),
        (["feeds", "import", "no/such.opml"], "no/such.opml"),
    ],
)
def test_wrong_usage_is_one_clear_line_and_code_2(arguments: list[str], word: str, tmp_path: Path) -> None:
    done = vigie(*arguments, env=environment(tmp_path))
    assert done.returncode == 2
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_light_command_loads_neither_discord_nor_database_nor_plots(tmp_path: Path) -> None:
    for name in ("match", "stories", "lexicon"):
        code = (
            "import sys; from bot.cli.lazy import load; from bot.cli.main import COMMANDS;"
            f"load({name!r}, COMMANDS[{name!r}]);"
            "print(sorted({'discord', 'matplotlib', 'sqlalchemy', 'aiohttp', 'apscheduler'} & set(sys.modules)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=environment(tmp_path),
            cwd=ROOT,
        )
        assert done.stdout.strip() == "[]", name


def test_a_configuration_mistake_names_file_line_and_what_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "vigie.toml").write_text("[fetch]\n\n[general]\nlanguage = 'de'\nspeed = 3\n", encoding="utf-8")
    done = vigie("search", "x", env=environment(tmp_path, VIGIE_CONFIG=str(tmp_path)))
    assert done.returncode == 1
    assert f"{tmp_path}/vigie.toml:4: general.language:" in done.stderr
    assert f"{tmp_path}/vigie.toml:5: general.speed:" in done.stderr
    assert "'fr', 'en' or 'uk'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_configuration_folder_is_said(tmp_path: Path) -> None:
    done = vigie("search", "x", env=environment(tmp_path, VIGIE_CONFIG=str(tmp_path / "nowhere")))
    assert done.returncode == 1
    assert "VIGIE_CONFIG" in done.stderr and len(done.stderr.splitlines()) == 1


def test_output_into_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    code = (
        "import sys, types\n"
        "from bot.cli import main\n"
        "module = types.ModuleType('talker')\n"
        "def talk():\n"
        "    'Talk.'\n"
        "    for _ in range(100_000): print('a line that is longer than nothing')\n"
        "module.talk = talk\n"
        "sys.modules['talker'] = module\n"
        "main.Commands.lazy = {'talk': 'talker:talk'}\n"
        "sys.argv = ['vigie', 'talk']\n"
        "main.run()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(tmp_path),
        cwd=ROOT,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(30) == 0
    process.stderr.close()


def test_ctrl_c_ends_without_a_traceback(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "search", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=environment(tmp_path), cwd=ROOT,
        # A shell gives jobs in the background an ignored SIGINT, which children would inherit.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert process.stdin is not None and process.stderr is not None and process.stdout is not None
    time.sleep(2.0)
    assert process.poll() is None, "it should be waiting for standard input"
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert process.stderr.read() == b""
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (ConfigurationProblems(["a.toml:3: x: wrong"]), 1, "a.toml:3: x: wrong"),
        (ConfigurationError(["b.yaml:4: y: wrong"]), 1, "b.yaml:4: y: wrong"),
        (NotFoundError("no such feed"), 2, "no such feed"),
        (StoreError("is locked; stop the other process"), 1, "database: is locked; stop the other process"),
        (PermissionError(13, "Permission denied", "data/vigie.db"), 1, "data/vigie.db: Permission denied"),
        (KeyError("oops"), 1, "a fault of Vigie's own: KeyError: 'oops' (VIGIE_LOG__LEVEL=debug shows where)"),
        (KeyboardInterrupt(), 130, ""),
        (NotFoundError("feed \x1b[31m\nred"), 2, "feed [31m red"),
    ],
)
def test_each_failure_has_its_line_and_code(
    error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(error, {}) == code
    assert capsys.readouterr().err.strip() == line


def test_a_traceback_is_shown_only_for_debugging(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise KeyError("oops")
    except KeyError as error:
        assert report(error, {"VIGIE_LOG__LEVEL": "debug"}) == 1
    assert "Traceback" in capsys.readouterr().err


def test_output_is_utf_8_in_a_bare_locale(tmp_path: Path) -> None:
    env = environment(tmp_path, LC_ALL="C")
    done = vigie("search", "--since", "вчора", "x", env=env)
    assert done.returncode == 2
    assert "вчора" in done.stderr


def test_the_commands_of_a_checkout_work_from_any_folder(tmp_path: Path) -> None:
    launcher = tmp_path / ".venv" / "bin" / "vigie"
    launcher.parent.mkdir(parents=True)
    launcher.write_bytes((ROOT / "packaging" / "vigie.sh").read_bytes())
    launcher.chmod(0o755)
    (launcher.parent / "python").symlink_to(sys.executable)
    (tmp_path / "bot").symlink_to(ROOT / "bot")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # The interpreter behind a virtual environment's link finds its packages only there.
    env["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))
    done = subprocess.run([launcher, "--version"], capture_output=True, text=True, cwd="/", env=env, check=False)
    assert done.stdout == f"vigie {__version__}\n", done.stderr
