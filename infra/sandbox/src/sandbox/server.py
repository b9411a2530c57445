"""uvicorn with two additions: an answer can be lost, by cutting the connection under the client, and leaves in one write."""

import asyncio
import socket
from typing import cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.front import Asgi

# Seconds. Longer than clients keep an idle connection (httpx: 5): who closes first loses no request of the other's.
KEEP_ALIVE = 75


class WholeAnswers:
    """A transport that holds the head of an answer until its body comes.

    uvicorn writes them one after the other: twice the system calls, the first of which wakes the caller for half an answer.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 1"):
            self.flush()
            self._head = data
        else:
            head, self._head = self._head, b""
            self._transport.write(head + data)

    def flush(self) -> None:
        """Send a head that no body followed."""
        if self._head:
            self.write(b"")

    def close(self) -> None:
        self.flush()
        self._transport.close()


class CuttableProtocol(HttpToolsProtocol):
    """Hands the application its connection's `abort`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._answers = WholeAnswers(transport)
        super().connection_made(cast("asyncio.Transport", self._answers))

    def on_response_complete(self) -> None:
        self._answers.flush()
        super().on_response_complete()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["abort"] = self.transport.abort


def make_server(app: Asgi, port: int) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        http=CuttableProtocol,
        loop="uvloop",
        ws="none",
        proxy_headers=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=2,
        timeout_keep_alive=KEEP_ALIVE,
    )
    return uvicorn.Server(config)


def listen(port: int) -> socket.socket:
    """A listener whose connections send at once: Nagle would hold what follows on an answer not yet acknowledged."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind(("127.0.0.1", port))
    return listener
