"""Reads a page as people do: its panels and their words."""

from __future__ import annotations

import httpx
from bs4 import BeautifulSoup, Tag


def soup(answer: httpx.Response) -> BeautifulSoup:
    """A page that came as it should."""
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "html.parser")


def panel(page: BeautifulSoup, name: str) -> Tag:
    """One part of it."""
    found = page.find(id=f"panel-{name}")
    assert isinstance(found, Tag), name
    return found


def words(tag: Tag) -> str:
    """What is written there."""
    return " ".join(tag.get_text(" ").split())
