"""Headers of a webhook: Shopify's two families of names, and the signature over the raw body."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

SHOP = "x-shopify-shop-domain"
TRIGGERED_AT = "x-shopify-triggered-at"
_KEPT = ("topic", "shop-domain", "api-version", "webhook-id", "event-id", "triggered-at")


@dataclass(frozen=True, slots=True)
class HookHeaders:
    """What Shopify says of a delivery; `delivery_id` is constant over resends, `event_id` over subscriptions."""

    topic: str
    shop: str
    delivery_id: str
    event_id: str | None
    signature: str
    kept: Mapping[str, str]


def read_headers(headers: Mapping[str, str]) -> HookHeaders:
    """Read one family, the newer `Shopify-…` where it signs, else `X-Shopify-…`; what is missing is empty.

    They are never mixed: what was signed with one is not of the topic or the shop that the other tells. `headers` finds
    names in any case. The event's id stands in for a delivery without an id of its own.
    """
    family = "shopify-" if headers.get("shopify-hmac-sha256") else "x-shopify-"

    def told(name: str) -> str:
        return headers.get(f"{family}{name}") or ""

    kept = {f"x-shopify-{name}": value for name in _KEPT if (value := told(name))}
    shop = told("shop-domain").strip().lower()
    return HookHeaders(
        topic=told("topic").strip(),
        shop=shop,
        delivery_id=told("webhook-id") or told("event-id"),
        event_id=told("event-id") or None,
        signature=told("hmac-sha256"),
        kept={**kept, SHOP: shop},
    )


def triggered_at(kept: Mapping[str, str]) -> datetime | None:
    """When what the webhook tells happened, finer than the whole seconds of its body; None when it is not told."""
    try:
        at = datetime.fromisoformat(kept.get(TRIGGERED_AT, ""))
    except ValueError:
        return None
    return at if at.tzinfo else None


def signed_by(secrets: Iterable[str], body: bytes, signature: str) -> bool:
    """Whether any of the secrets made the signature, base64 of HMAC-SHA256 over the raw body; in constant time.

    Two are in use while a secret is being rotated. An empty secret signs nothing.
    """
    given = signature.encode("utf-8", "replace")
    found = False
    for secret in secrets:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        found |= bool(secret) and hmac.compare_digest(base64.b64encode(digest), given)
    return found
