"""How it goes with a shop, in one sentence: the worst of what is on record, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

State = Literal[
    "needs_login",
    "disconnected",
    "scope_missing",
    "unreachable",
    "behind",
    "webhooks_unverified",
    "webhooks_missing",
    "products_refused",
    "payouts_unreadable",
    "new",
    "well",
]

AWAY_AFTER = timedelta(minutes=1)
"""Failing for less is a hiccup nobody need hear of."""
BEHIND_AFTER = timedelta(minutes=5)
"""Orders are read every minute."""
SILENT_AFTER = timedelta(days=1)
"""A shop none of whose notifications held for so long, while others were refused, can't be verified any more."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When a shop's last notification came whose signature held, and the last whose did not, as far as that is news."""

    heard_at: datetime | None = None
    refused_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is on record of a shop, as far as its health goes."""

    now: datetime
    account: str
    """connected, needs_login, revoked."""
    connected_at: datetime
    reason: str | None = None
    read_up_to: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    error: str | None = None
    scopes_missing: Sequence[str] = ()
    """Those nothing works without."""
    topics_missing: Sequence[str] = ()
    topics_error: str | None = None
    topics_at: datetime | None = None
    payouts_error: str | None = None
    products_refused: int = 0
    """Sold-out products Shopify refuses to change, the reason of one of them, and since when there is any."""
    products_reason: str | None = None
    products_since: datetime | None = None
    arrivals: Arrivals = field(default_factory=Arrivals)


@dataclass(frozen=True, slots=True)
class Health:
    """`action` is what the seller does about it, None when there is nothing to do; `since` as far as it is known."""

    state: State
    sentence: str
    action: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Rule:
    state: State
    applies: Callable[[Facts], object]
    sentence: Callable[[Facts], str]
    action: str | None = None
    since: Callable[[Facts], datetime | None] = lambda _: None


def _failing(facts: Facts) -> bool:
    since = facts.failing_since
    return since is not None and facts.failures > 1 and facts.now - since >= AWAY_AFTER


def _behind(facts: Facts) -> bool:
    return facts.now - (facts.read_up_to or facts.connected_at) > BEHIND_AFTER


def _webhooks(facts: Facts) -> str:
    if facts.topics_error:
        return facts.topics_error
    count = len(facts.topics_missing)
    what = "1 notification is" if count == 1 else f"{count} notifications are"
    return f"{what} missing at Shopify. Sales are still found within a minute; Soldwire registers it again within the hour."


def _unverified(facts: Facts) -> bool:
    """Whether notifications were refused and none held: since the shop was connected, or for a day.

    Anybody can send what is refused; of a shop one of whose own came meanwhile it says nothing.
    """
    heard, refused = facts.arrivals.heard_at, facts.arrivals.refused_at
    if refused is None or refused < facts.connected_at or facts.now - refused > SILENT_AFTER:
        return False
    return heard is None or heard < facts.connected_at or facts.now - heard > SILENT_AFTER


def _unverified_since(facts: Facts) -> datetime:
    heard = facts.arrivals.heard_at
    return max(heard, facts.connected_at) if heard else facts.connected_at


def _products(facts: Facts) -> str:
    count = facts.products_refused
    what = "1 sold-out product" if count == 1 else f"{count} sold-out products"
    return f"Soldwire can't take {what} off show, or put it back. {facts.products_reason or ''}".strip()


_CONNECT_AGAIN = "Connect this shop again."

# The worst first; the first that applies is said.
_RULES: Sequence[_Rule] = (
    _Rule(
        "needs_login",
        lambda f: f.account == "needs_login",
        lambda f: f.reason or "Shopify no longer accepts Soldwire's access to this shop.",
        _CONNECT_AGAIN,
    ),
    _Rule(
        "disconnected",
        lambda f: f.account == "revoked",
        lambda f: f.reason or "This shop is disconnected.",
        "Connect this shop again to sell with Soldwire.",
    ),
    _Rule(
        "scope_missing",
        lambda f: f.scopes_missing,
        lambda f: f"Soldwire lacks a permission it needs: {', '.join(f.scopes_missing)}.",
        "Connect this shop again and accept every permission.",
    ),
    _Rule(
        "unreachable",
        _failing,
        lambda f: f.error or "This shop can't be reached. Soldwire tries again by itself.",
        since=lambda f: f.failing_since,
    ),
    _Rule(
        "behind",
        _behind,
        lambda _: (
            "Orders have not been read for a while, so sales may come in late. Soldwire goes on by itself."
        ),
        since=lambda f: f.read_up_to or f.connected_at,
    ),
    _Rule(
        "webhooks_unverified",
        _unverified,
        lambda _: (
            "This shop sends notifications, but Soldwire can't verify them: it lacks the right client secret of the "
            "shop's own app. Sales are still found within a minute."
        ),
        "Connect this shop again, and give the client secret of its app (Shopify also calls it API secret key).",
        since=_unverified_since,
    ),
    _Rule(
        "webhooks_missing",
        lambda f: f.topics_missing or f.topics_error,
        _webhooks,
        since=lambda f: f.topics_at,
    ),
    _Rule(
        "products_refused",
        lambda f: f.products_refused,
        _products,
        "Settle what it says in Shopify, or let sold-out products stay as they are.",
        since=lambda f: f.products_since,
    ),
    _Rule(
        "payouts_unreadable",
        lambda f: f.payouts_error,
        lambda f: f.payouts_error or "Payouts can't be read.",
    ),
    _Rule(
        "new", lambda f: f.read_up_to is None, lambda _: "Just connected. Soldwire reads this shop's orders."
    ),
    _Rule("well", lambda _: True, lambda _: "All is well. Orders are read as they come."),
)


STATES: Sequence[State] = tuple(rule.state for rule in _RULES)
"""Every state, the worst first."""


def health_of(facts: Facts) -> Health:
    """The worst thing there is to say."""
    rule = next(rule for rule in _RULES if rule.applies(facts))
    return Health(rule.state, rule.sentence(facts), rule.action, rule.since(facts))
