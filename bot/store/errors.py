"""Driver errors become ``StoreError`` with a line that names what to do."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

from bot.model.errors import StoreError

_REMEDIES = (
    ("database or disk is full", "the disk is full: free space where the database lies, then try again"),
    ("no space left", "the disk of the database server is full: free space there, then try again"),
    ("disk full", "the disk of the database server is full: free space there, then try again"),
    (
        "attempt to write a readonly database",
        "the file is read-only: give this user the right to write it and its folder",
    ),
    (
        "read-only transaction",
        "the database is read-only: connect to the primary, or lift default_transaction_read_only",
    ),
    (
        "unable to open database file",
        "the file cannot be opened: check that the folder exists and this user may write there",
    ),
    ("file is not a database", "the file is not an SQLite database: move it away or restore a backup"),
    ("malformed", "the file is damaged: restore a backup (vigie db backup makes them)"),
    ("permission denied", "this user may not: give it the right to write there"),
    ("disk i/o error", "the disk answers with errors: check it, then restore a backup if the file is damaged"),
    ("database is locked", "another process holds the database: stop it, or wait and try again"),
    ("database schema is locked", "another process holds the database: stop it, or wait and try again"),
    ("password authentication failed", "user or password is refused: check VIGIE_DATABASE_URL"),
    ("does not exist", "the database or role is missing: create it, or check VIGIE_DATABASE_URL"),
    ("connection refused", "no server answers there: start PostgreSQL, or check VIGIE_DATABASE_URL"),
    ("too many clients", "the server has no connection left: raise max_connections or run fewer processes"),
    ("remaining connection slots", "the server has no connection left: raise max_connections or run fewer processes"),
    ("deadlock detected", "two processes waited for each other: try again"),
    ("could not serialize", "another process changed the same rows: try again"),
    ("connection", "the connection to the server was lost: check that it runs, then try again"),
)


class IllegalMove(StoreError):
    """A delivery is not in a state from which it may move there (``bot.model.deliveries.MOVES``), or is gone.

    Nothing was written. It means that somebody else settled this delivery meanwhile (another worker, an erasure).
    """


def store_error(error: DBAPIError | sqlite3.Error | OSError, place: str) -> StoreError:
    """``error`` as one line for an operator: where, what the driver said, what to do. ``place`` holds no password."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    said = " ".join(str(cause).split())[:300] or type(cause).__name__
    lowered = said.lower()
    for sign, remedy in _REMEDIES:
        if sign in lowered:
            return StoreError(f"{place}: {remedy} ({said})")
    return StoreError(f"{place}: the database refused: {said}")
