"""Connections to PostgreSQL that get over a restart of it: what an outage looks like, and how pools behave in one."""

from typing import Any

import psycopg
from psycopg_pool import PoolTimeout

# What the driver raises when the database is away, is going down, or does not answer in time.
OUTAGE = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)

# A server that vanished without a word is noticed after this many milliseconds.
_SILENCE = 10_000

POOL: dict[str, Any] = {
    "min_size": 1,
    "open": False,
    # A pool would pause longer and longer between its tries, up to minutes. This one gives up soon, and tries again
    # as soon as somebody wants a connection.
    "reconnect_timeout": 1.0,
}


def arguments(**options: str) -> dict[str, Any]:
    """What each connection is opened with: server settings such as `lock_timeout`, and limits to waiting."""
    settings = " ".join(f"-c {name}={value}" for name, value in options.items())
    return {"connect_timeout": 5, "tcp_user_timeout": _SILENCE} | ({"options": settings} if settings else {})
