"""``python -m tests.chaos --kills 300 --seed N``: a long run; prints what was done and what came of it."""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
from pathlib import Path

from tests.chaos.kills import Outcome, chaos

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos", description="Kill the bot again and again, and count."
    )
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=None, help="default: a new one, printed")
    parser.add_argument("--keep", type=Path, help="an empty folder that stays, with the database and the bot's log")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    openapi = Path(os.environ.get("VIGIE_SHARED") or ROOT.parent / "shared") / "discord" / "openapi.json"

    def progress(out: Outcome) -> None:
        if sys.stderr.isatty() or out.kills % 10 == 0:
            sys.stderr.write(f"\r{out.kills}/{options.kills} kills, {out.seconds:.0f} s")
            sys.stderr.flush()

    sys.stderr.write(f"seed {seed}\n")
    with tempfile.TemporaryDirectory(prefix="vigie-chaos-") as folder:
        place = options.keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        out = asyncio.run(chaos(place, openapi if openapi.is_file() else None, options.kills, seed, progress))
    sys.stderr.write("\n")
    sys.stdout.write(out.table() + "\n")
    return 0 if out.good else 1


if __name__ == "__main__":
    sys.exit(main())
