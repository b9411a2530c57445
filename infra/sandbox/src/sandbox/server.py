"""uvicorn with one addition: an answer can be lost, by cutting the connection under the client."""

import socket

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.front import Asgi

# Seconds. Longer than clients keep an idle connection (httpx: 5): who closes first loses no request of the other's.
KEEP_ALIVE = 75


class CuttableProtocol(HttpToolsProtocol):
    """Hands the application its connection's `abort`."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["abort"] = self.transport.abort


def config_of(app: Asgi, port: int) -> uvicorn.Config:
    return uvicorn.Config(
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


def listen(port: int) -> socket.socket:
    """A listener whose connections send at once: head and body of an answer are two writes, and Nagle would hold the second."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind(("127.0.0.1", port))
    return listener
