"""Columns that tables of every service have."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer


def moment(name: str, *, nullable: bool = True) -> Column[object]:
    """A point in time: aware on both sides."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def count(name: str) -> Column[object]:
    """A number that starts at 0."""
    return Column(name, Integer, nullable=False, server_default="0")
