"""Ids and times in the Hub's own formats."""

import secrets
from datetime import UTC, datetime


def new_id() -> str:
    """A fresh object id: 24 hex digits, as the Hub gives to users, repos, discussions and events."""
    return secrets.token_hex(12)


def stamp(moment: datetime) -> str:
    """Write an aware `moment` the way the Hub does: ``2026-01-02T03:04:05.678Z`` (UTC, milliseconds)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
