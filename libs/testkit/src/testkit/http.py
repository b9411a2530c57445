"""HTTP to what runs on this machine."""

from __future__ import annotations

import ssl

import httpx

_TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def http_to(url: str = "", *, timeout: float = 10) -> httpx.AsyncClient:
    """A client for plain HTTP; `timeout` in seconds. Reading the world's certificates is most of what making one costs."""
    return httpx.AsyncClient(base_url=url, timeout=timeout, trust_env=False, verify=_TRUSTS_NOBODY)
