"""The dashboard as a signed-in browser meets it: pages, panels that come late, hints that something changed."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import httpx
from bs4 import BeautifulSoup, Tag

T = TypeVar("T")
PATIENCE = 60.0
"""Seconds: a page reads again by itself once a minute, so what takes longer was not live."""


class Page:
    """One page as it came, and where its script listens."""

    def __init__(self, http: httpx.AsyncClient, html: str) -> None:
        self._http = http
        self.html = BeautifulSoup(html, "html.parser")

    @property
    def stream(self) -> str:
        """The address its script opens."""
        return str(one(self.html, "main[data-stream]")["data-stream"])

    async def panel(self, name: str) -> Tag:
        """A panel read again, as after a hint. Raises httpx.HTTPStatusError while its owner is away."""
        address = str(one(self.html, f"#panel-{name}")["hx-get"])
        answer = await self._http.get(address, headers={"hx-request": "true"})
        return BeautifulSoup(answer.raise_for_status().text, "html.parser")


class Hints:
    """What a page's stream has said since it opened: kinds, and the ids each named."""

    def __init__(self, events: AsyncIterator[tuple[str, list[str]]]) -> None:
        self._events = events
        self.told: dict[str, set[str]] = defaultdict(set)

    async def until(self, look: Callable[[], Awaitable[T | None]], what: str) -> T:
        """Look again after each hint, as a page does, until there is something to see. Raises AssertionError."""
        try:
            async with asyncio.timeout(PATIENCE):
                async for kind, ids in self._events:
                    self.told[kind].update(ids)
                    found = await look()
                    if found is not None:
                        return found
        except TimeoutError:
            pass
        raise AssertionError(f"the stream led nowhere to {what}; it told {dict(self.told)}")


class Dashboard:
    """A browser that signed in. Its client keeps the session's cookie."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def page(self, path: str) -> Page:
        """One page. Raises httpx.HTTPStatusError, for a sign-in that has ended too."""
        return Page(self.http, (await self.http.get(path)).raise_for_status().text)

    async def send(self, path: str, **fields: str) -> httpx.Response:
        """What a form of the dashboard sends."""
        proof = form_proof((await self.page("/you")).html)
        return await self.http.post(path, data={"csrf": proof, **fields})

    @asynccontextmanager
    async def listening(self, page: Page) -> AsyncIterator[Hints]:
        """The page's stream, open and in touch with Kafka."""
        async with (
            asyncio.timeout(5 * PATIENCE),
            self.http.stream("GET", page.stream, timeout=httpx.Timeout(10, read=PATIENCE)) as answer,
        ):
            answer.raise_for_status()
            events = _events(answer)
            async for kind, said in events:
                if kind == "heard" or (kind == "hello" and said["reading"]):
                    break
            yield Hints((kind, list(said.get("ids", ()))) async for kind, said in events)


@asynccontextmanager
async def signed_in(url: str, email: str, password: str) -> AsyncIterator[Dashboard]:
    """Sends the sign-in form as a person would. Raises AssertionError when it is refused."""
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:
        form = BeautifulSoup((await http.get("/sign-in")).raise_for_status().text, "html.parser")
        fields = {"csrf": form_proof(form), "email": email, "password": password}
        answer = await http.post("/sign-in", data=fields)
        assert (answer.status_code, answer.headers.get("location")) == (303, "/"), answer.text
        yield Dashboard(http)


async def _events(answer: httpx.Response) -> AsyncIterator[tuple[str, dict[str, list[str]]]]:
    """(name, data) of each server-sent event; a heartbeat has none."""
    kind = ""
    async for line in answer.aiter_lines():
        field, _, value = line.partition(": ")
        if field == "event":
            kind = value
        elif field == "data":
            yield kind, json.loads(value)


def form_proof(html: Tag) -> str:
    """The proof a form carries against forged ones."""
    return str(one(html, "input[name=csrf]")["value"])


def one(html: Tag, selector: str) -> Tag:
    """The first element of a selector. Raises AssertionError."""
    found = html.select_one(selector)
    assert found is not None, f"no {selector} in {words(html)[:500]}"
    return found


def words(html: Tag) -> str:
    """What is written there."""
    return " ".join(html.get_text(" ").split())
