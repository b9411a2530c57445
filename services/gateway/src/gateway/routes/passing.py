"""A file of an owner's for a browser, as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway.client import File

_LONGEST = 600.0
"""Seconds a browser may take for a file: one that stands still holds a connection."""


class PassedOn(StreamingResponse):
    """What breaks off, or takes too long, ends without its end: the browser says that the file is not whole."""

    def __init__(self, file: File, *, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(file.pieces(), media_type=media_type, headers=headers)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        try:
            async with asyncio.timeout(_LONGEST):
                await super().__call__(scope, receive, send)
        finally:
            self._file.close()
