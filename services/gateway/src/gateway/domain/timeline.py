"""A sale's way in words: each hop with its clock time and how long after the sale it came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.truth import span
from gateway.domain.words import Tone, platform

NEAR_MS = 60_000
"""Up to here a span is told in milliseconds."""


@dataclass(frozen=True, slots=True)
class Hop:
    """What an owner says happened."""

    what: str
    at: datetime
    since_sold_ms: int
    since_accepted_ms: int
    platform: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the timeline."""

    text: str
    at: datetime
    delta: str
    icon: str
    tone: Tone


_WORDS: dict[str, tuple[str, str, Tone]] = {
    "sold": ("Sold on {sold_on}", "shop", "grey"),
    "accepted": ("Detected by Soldwire", "hear", "grey"),
    "reserved": ("Stock held", "box", "grey"),
    "recorded": ("Recorded", "write", "grey"),
    "asked": ("{platform}: asked to come off", "ask", "grey"),
    "called": ("{platform}: call sent", "ask", "blue"),
    "taken_down": ("{platform}: taken down", "off", "green"),
    "adjusted": ("{platform}: lowered", "down", "green"),
    "verified": ("{platform}: verified off sale", "eye", "green"),
    "completed": ("Off sale everywhere", "check", "green"),
}

# A sale that leaves some takes nothing off sale.
_SOME_LEFT: dict[str, tuple[str, str, Tone]] = {
    **_WORDS,
    "asked": ("{platform}: asked to show what is left", "ask", "grey"),
    "verified": ("{platform}: read back", "eye", "green"),
    "completed": ("Every listing shows what is left", "check", "green"),
}


# Nor is an article off sale everywhere that its seller left for sale somewhere.
_LEFT_FOR_SALE: tuple[str, str, Tone] = ("Done, but for what you left for sale", "check", "grey")


def told(hops: Iterable[Hop], sold_on: str, *, left_for_sale: bool = False) -> list[Told]:
    """Every hop as people read it, in the order given; `left_for_sale` when a person kept a listing up."""
    given = list(hops)
    words = _SOME_LEFT if any(hop.what == "adjusted" for hop in given) else _WORDS
    if left_for_sale:
        words = {**words, "completed": _LEFT_FOR_SALE}
    return [_told(hop, sold_on, words) for hop in given]


def found_late(hops: Iterable[Hop]) -> bool:
    """Whether Soldwire had the sale so long after it was made that spans count from then."""
    return any(hop.since_sold_ms - hop.since_accepted_ms > NEAR_MS for hop in hops)


def _told(hop: Hop, sold_on: str, words: dict[str, tuple[str, str, Tone]]) -> Told:
    text, icon, tone = words.get(hop.what, (hop.what.replace("_", " ").capitalize(), "dot", "grey"))
    where = platform(hop.platform) if hop.platform else ""
    return Told(text.format(sold_on=platform(sold_on), platform=where), hop.at, _delta(hop), icon, tone)


def _delta(hop: Hop) -> str:
    """Since the sale; since Soldwire had it when the sale was found much later."""
    if hop.what == "sold":
        return ""
    if found_late([hop]) and hop.what != "accepted":
        return plus(hop.since_accepted_ms)
    return plus(hop.since_sold_ms)


def plus(ms: int) -> str:
    """+840 ms, +12,400 ms, +4 h."""
    if abs(ms) < NEAR_MS:
        return f"{'−' if ms < 0 else '+'}{abs(ms):,} ms"
    return f"{'−' if ms < 0 else '+'}{span(timedelta(milliseconds=abs(ms)))}"
