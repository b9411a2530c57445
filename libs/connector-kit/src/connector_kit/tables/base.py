"""The metadata of a connector's tables, and columns that several of them have."""

from __future__ import annotations

from typing import Any

from kit.columns import moment
from sqlalchemy import BigInteger, Boolean, Column, MetaData, Uuid

metadata = MetaData()


def tenant() -> Column[Any]:
    """Whose a row is."""
    return Column("tenant_id", Uuid, nullable=False)


def account() -> Column[Any]:
    """The account a row is about."""
    return Column("account_id", Uuid, nullable=False)


def flag(name: str) -> Column[Any]:
    """False until it is said."""
    return Column(name, Boolean, nullable=False, server_default="false")


def lease() -> tuple[Column[Any], ...]:
    """A work-queue row is free when `lease_until` is past; `lease_no` rises with each lease and fences zombies."""
    return (
        moment("due_at", nullable=False),
        moment("lease_until"),
        Column("lease_no", BigInteger, nullable=False, server_default="0"),
    )
