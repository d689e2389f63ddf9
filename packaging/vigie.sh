#!/bin/sh
# The command of a checkout: .venv/bin/vigie. It runs the code that stands beside .venv, with the packages in it.
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd) || exit 1
PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}" exec "$root/.venv/bin/python" -m bot "$@"
