"""Files that Shopify has written for us, read as they come."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import httpx
from connector_kit.errors import AMBIGUOUS, Action, CallFailed, Nature, Problem, read_only
from connector_kit.http import STREAMED

from connector_shopify.client.problems import TABLE

LONGEST_LINE = 4 << 20
"""Bytes; a variant has some thousand."""
_SILENCE = 30.0
"""Seconds without a byte, after which a file is asked for again."""
_GONE = frozenset({401, 403, 404, 410})
FILE_GONE = Problem(
    Action.FAIL, Nature.GONE, "file_gone", "Shopify no longer has the file with this shop's articles."
)
NOT_A_FILE = Problem(
    Action.FAIL,
    Nature.CONFIGURATION,
    "not_a_file",
    "Shopify names a file with this shop's articles at an address that is not read.",
)


class Files:
    """Reads files line by line, never one whole. Their addresses come from outside: only https is followed.

    Where shops themselves are at an http address, as the sandbox's are, files are read from that host too. A file's
    address carries what opens it, so no token goes with it.
    """

    def __init__(self, http: httpx.AsyncClient, base: str) -> None:
        self._http = http
        self._shops = httpx.URL(base.replace("{shop}", "shop"))

    async def lines(self, url: str) -> AsyncGenerator[bytes]:
        """A file's lines. Raises CallFailed: `file_gone`, `not_a_file`, or one that may be tried again."""
        try:
            async with aclosing(self._chunks(httpx.URL(url))) as chunks:
                held = b""
                async for chunk in chunks:
                    *whole, held = (held + chunk).split(b"\n")
                    if len(held) > LONGEST_LINE:
                        raise CallFailed(read_only(AMBIGUOUS), "a line of a file does not end")
                    for line in whole:
                        if line.strip():
                            yield line
                if held.strip():
                    yield held
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise CallFailed(read_only(TABLE.of_exception(error)), repr(error)) from error

    async def _chunks(self, url: httpx.URL, redirected: bool = False) -> AsyncGenerator[bytes]:
        self._check(url)
        timeout = httpx.Timeout(_SILENCE)
        async with self._http.stream("GET", url, timeout=timeout, extensions=STREAMED) as answer:
            if answer.is_success:
                async for chunk in answer.aiter_bytes():
                    yield chunk
                return
            location = answer.headers.get("location")
        if not answer.is_redirect or redirected or not location:
            problem = (
                FILE_GONE if answer.status_code in _GONE else read_only(TABLE.of_status(answer.status_code))
            )
            raise CallFailed(problem, f"HTTP {answer.status_code}")
        async with aclosing(self._chunks(url.join(location), redirected=True)) as chunks:
            async for chunk in chunks:
                yield chunk

    def _check(self, url: httpx.URL) -> None:
        ours = self._shops.scheme == "http" and (url.scheme, url.host, url.port) == (
            "http",
            self._shops.host,
            self._shops.port,
        )
        if not ours and (url.scheme != "https" or url.userinfo):
            raise CallFailed(NOT_A_FILE, f"{url.scheme}://{url.host}")
