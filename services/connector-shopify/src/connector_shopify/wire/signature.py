"""Shopify's webhook signature: base64 HMAC-SHA256 of the raw body under the app's client secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable


def signed_by(secrets: Iterable[str], body: bytes, signature: str) -> bool:
    """Whether any secret made the signature, compared in constant time; after a rotation two are in use."""
    given = signature.encode("utf-8", "replace")
    found = False
    for secret in secrets:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        found |= hmac.compare_digest(base64.b64encode(digest), given)
    return found
