"""Runs the real command as a process, as a person does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[3]


def environment(folder: Path, **extra: str) -> dict[str, str]:
    """An environment without the caller's settings, its database in ``folder``."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("VIGIE_", "DISCORD_")) and name not in {"COLUMNS", "FORCE_COLOR", "CLICOLOR_FORCE"}
    }
    return {**kept, "PYTHONPATH": str(ROOT), "VIGIE_DATABASE_URL": f"sqlite:///{folder}/vigie.db", **extra}


def vigie(
    *arguments: str, env: Mapping[str, str], cwd: Path = ROOT, stdin: bytes = b"", timeout_s: float = 60
) -> subprocess.CompletedProcess[str]:
    """The finished process, with decoded output."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments], env=dict(env), cwd=cwd, input=stdin, capture_output=True,
        timeout=timeout_s, check=False,
    )  # fmt: skip
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    )
