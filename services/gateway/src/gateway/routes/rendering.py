"""Templates: the frame, the filters pages use, and answers in HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined
from jinja2.bccache import Bucket
from kit.clock import Clock, utc_now
from markupsafe import Markup
from soldwire_contracts.values import Money

from gateway.routes.assets import Assets
from gateway.usecases import Visitor
from gateway.wire.saying import span, words, written

THEMES = ("light", "dark")


def money(value: Money | None) -> str:
    """An amount, or a dash while it is unknown."""
    return "–" if value is None else written(value.amount, value.currency)


def when(at: datetime | None, style: str = "relative", *, clock: Clock = utc_now) -> Markup:
    """A time in the page; `app.js` puts it into the reader's zone and keeps relative ones true."""
    if at is None:
        return Markup("–")
    exact = at.strftime("%-d %b %Y, %H:%M:%S UTC")
    text = {
        "relative": _relative(at, clock()),
        "age": _relative(at, clock()).removesuffix(" ago"),
        "clock": at.strftime("%H:%M:%S"),
        "short": at.strftime("%-d %b, %H:%M"),
    }[style]
    return Markup('<time datetime="{}" data-as="{}" title="{}">{}</time>').format(
        at.isoformat(), style, exact, text
    )


def _relative(at: datetime, now: datetime) -> str:
    age = now - at
    if age < timedelta(seconds=5):
        return "just now"
    return f"{span(age)} ago" if age < timedelta(days=2) else at.strftime("%-d %b, %H:%M")


def duration(ms: int | None) -> str:
    """Milliseconds as people read them: 340 ms, 4.2 s, 3 min."""
    if ms is None:
        return "–"
    if ms < 1000:
        return f"{ms} ms"
    return f"{ms / 1000:.1f} s" if ms < 60_000 else span(timedelta(milliseconds=ms))


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count with its word: 1 sale, 2 sales."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def page_query(query: Mapping[str, str], cursor: str | None) -> str:
    """The same filters at another page."""
    kept = {name: value for name, value in query.items() if value and name != "cursor"}
    return urlencode({**kept, "cursor": cursor} if cursor else kept)


class _Compiled(BytecodeCache):
    """Templates compiled once in a process, whatever applications it has."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (code := self._code.get(bucket.key)) is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


class Pages:
    """Renders templates with the product's filters; every variable a template names must be given."""

    def __init__(self, assets: Assets, clock: Clock = utc_now) -> None:
        self._clock = clock
        self.templates = Environment(
            loader=PackageLoader("gateway"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            bytecode_cache=_COMPILED,
        )
        self.templates.filters.update(
            money=money,
            amount=written,
            when=partial(when, clock=clock),
            duration=duration,
            platform=words.platform,
            channel=words.channel,
            page_query=page_query,
            tojson_attr=lambda value: json.dumps(value, default=str),
        )
        self.templates.globals.update(words=words, asset=assets.url, plural=plural)

    def fragment(self, template: str, values: Mapping[str, object]) -> Markup:
        """A piece of a page."""
        return Markup(self.templates.get_template(template).render({"now": self._clock(), **values}))  # noqa: S704

    def page(
        self,
        request: Request,
        template: str,
        values: Mapping[str, object],
        *,
        visitor: Visitor | None,
        status: int = 200,
    ) -> HTMLResponse:
        """A whole page in its frame."""
        theme = request.cookies.get("theme")
        frame = {
            "visitor": visitor,
            "theme": theme if theme in THEMES else "system",
            "path": request.url.path,
            "search": request.query_params.get("q", ""),
        }
        return HTMLResponse(self.fragment(template, {**frame, **values}), status_code=status)


def is_htmx(request: Request) -> bool:
    """Whether htmx asks for a piece of the page it already shows."""
    return "hx-request" in request.headers


def see(request: Request, location: str) -> Response:
    """Go elsewhere after a form: a redirect, or the header htmx follows."""
    if is_htmx(request):
        return Response(status_code=204, headers={"hx-redirect": location})
    return RedirectResponse(location, status_code=303)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a short note offers with one button: a form that is sent to `url`. Few fields: it travels in a header."""

    text: str
    url: str
    fields: Mapping[str, Sequence[str]]


def done(request: Request, text: str, back: str, offer: Offer | None = None) -> Response:
    """After a form of a page: a short note where the page stays, else back to it."""
    if is_htmx(request):
        return Response(status_code=204, headers=toast(text, offer=offer))
    return Response(status_code=303, headers={"location": back})


def toast(text: str, tone: str = "green", *, offer: Offer | None = None) -> dict[str, str]:
    """The header that makes the page show a short note, for ten seconds where it offers something."""
    note = {"text": text, "tone": tone, **({"offer": asdict(offer)} if offer else {})}
    return {"hx-trigger": json.dumps({"toast": note})}
