"""All benchmarks, one after the other: ``python -m bench`` (``make bench``). Each prints its table beside its baseline.

    python -m bench [NAME...]      only these

The measures of quality are no benchmarks: ``make quality``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The benchmarks that are there."""
    found = (path.stem for path in sorted(FOLDER.glob("*.py")))
    return [name for name in found if not name.startswith(("_", "quality"))]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Run the benchmarks.")
    parser.add_argument("name", nargs="*", help=f"only these: {', '.join(names())}")
    wanted = parser.parse_args().name or names()
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(names())}")
    failed = []
    for name in wanted:
        print(f"\n== {name}", flush=True)
        start = time.monotonic()
        # A process each: memory figures of one must not stand on what another left behind.
        code = subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False, cwd=FOLDER.parent).returncode
        print(f"   ({time.monotonic() - start:.0f} s)", flush=True)
        if code:
            failed.append(name)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
