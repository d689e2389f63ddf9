#!/bin/sh
# Starts Vigie in a container. VIGIE_DATABASE_URL decides the database; when it is not set, PostgreSQL is used if compose started it beside us
# (--profile postgres, --profile scale), else SQLite in the volume. Beside workers (--profile scale) this process is the gateway.
set -eu
data=/app/data
marker=$data/.postgresql

beside() { getent hosts "$1" >/dev/null 2>&1; }

if [ -z "${VIGIE_DATABASE_URL:-}" ]; then
	if beside postgres; then
		VIGIE_DATABASE_URL="postgresql://vigie:${POSTGRES_PASSWORD:-vigie}@postgres/vigie"
		: >"$marker"
	elif [ -e "$marker" ]; then
		# Never fall back to an empty SQLite file because PostgreSQL is just restarting: members' watches would seem gone.
		echo "this volume has worked with PostgreSQL, and no host «postgres» is there: start with --profile postgres or --profile scale; to begin anew on SQLite remove $marker" >&2
		exit 1
	else
		VIGIE_DATABASE_URL="sqlite:///$data/vigie.db"
	fi
	export VIGIE_DATABASE_URL
fi

if [ "${1:-}" = run ] && [ "$#" -eq 1 ] && beside worker; then
	set -- run --role gateway
fi
exec python -m bot "$@"
