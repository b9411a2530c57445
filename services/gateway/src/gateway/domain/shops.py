"""A Shopify shop's name, however a seller has it at hand."""

from __future__ import annotations

import re

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")
_DOMAIN = re.compile(r"(?:https?://)?([a-z0-9][a-z0-9-]{0,80})\.myshopify\.com(?:[/?#].*)?")
_ADMIN = re.compile(r"(?:https?://)?admin\.shopify\.com/store/([a-z0-9][a-z0-9-]{0,80})(?:[/?#].*)?")


def shop_domain(text: str) -> str | None:
    """`demo`, `demo.myshopify.com` or an address of its admin as `demo.myshopify.com`; None for anything else."""
    given = text.strip().lower()
    found = _DOMAIN.fullmatch(given) or _ADMIN.fullmatch(given)
    name = found.group(1) if found else given
    return f"{name}.myshopify.com" if _NAME.fullmatch(name) else None
