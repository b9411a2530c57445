"""The headers of a webhook: two families of names, and the signature over the raw body in each of them that is there."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from sandbox.shopify import naming
from sandbox.truth import now

OLDER, NEWER = "X-Shopify-", "Shopify-"
FAMILIES = {"x-shopify": (OLDER,), "shopify": (NEWER,), "both": (OLDER, NEWER)}
SIGNATURE = "Hmac-Sha256"


def headers(shop: str, topic: str, event: str, webhook: str, family: object = None) -> dict[str, str]:
    """All but the signature; without a family the older one."""
    told = {
        "Topic": topic,
        "Shop-Domain": shop,
        "API-Version": naming.VERSION,
        "Webhook-Id": webhook,
        "Event-Id": event,
        "Triggered-At": now().isoformat(timespec="microseconds").replace("+00:00", "000Z"),
    }
    named = {
        prefix + name: value
        for prefix in FAMILIES[str(family or "x-shopify")]
        for name, value in told.items()
    }
    return {"Content-Type": "application/json", "User-Agent": "Shopify-Captain-Hook", **named}


def signature(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def signed(unsigned: Mapping[str, str], made: str) -> dict[str, str]:
    """The headers with the signature, in whichever families they are written."""
    families = [prefix for prefix in (OLDER, NEWER) if f"{prefix}Topic" in unsigned]
    return {**unsigned, **{prefix + SIGNATURE: made for prefix in families}}
