"""httpx over aiohttp's connections: many calls at once cost a fraction, and every error says whether anything left."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from http.cookiejar import DefaultCookiePolicy

import aiohttp
import httpx
from yarl import URL

# First match wins. Before the connection stands nothing has left; after that everything may have arrived.
_ERRORS: Mapping[type[BaseException], type[httpx.TransportError]] = {
    aiohttp.ConnectionTimeoutError: httpx.ConnectTimeout,
    aiohttp.ClientConnectorError: httpx.ConnectError,
    aiohttp.InvalidURL: httpx.UnsupportedProtocol,
    aiohttp.NonHttpUrlClientError: httpx.UnsupportedProtocol,
    TimeoutError: httpx.ReadTimeout,
    aiohttp.ClientError: httpx.ReadError,
    OSError: httpx.ReadError,
}


STREAMED = {"streamed": True}
"""Extensions of a request whose answer is read as it comes, by `client.stream`: a file that is not held in memory."""


class _Body(httpx.AsyncByteStream):
    """An answer's body as it comes. Raises httpx's errors."""

    def __init__(self, answer: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._answer = answer
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._answer.content.iter_any():
                yield chunk
        except tuple(_ERRORS) as error:
            raise _told(error, self._request) from error

    async def aclose(self) -> None:
        """Let the connection go; one that has more to bring is closed."""
        self._answer.close()


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends each request once and brings the whole answer, or its beginning with the rest to come (`STREAMED`).

    httpx's own pool looks at every connection for every request: 3 to 6 ms each with 32 under way, against 0.2 here.
    Raises httpx's errors: ConnectError, ConnectTimeout and UnsupportedProtocol only when nothing was sent.
    """

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, ssl=httpx.create_ssl_context())
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=("Content-Type", "User-Agent"),
            )
            # It would send GET, PUT and DELETE again on a connection that broke; a change must not go out twice.
            self._session._retry_connection = False
        return self._session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange."""
        try:
            answer = await self._send(request)
            if request.extensions.get("streamed"):
                body: httpx.AsyncByteStream = _Body(answer, request)
            else:
                async with answer:
                    body = httpx.ByteStream(await answer.read())
        except tuple(_ERRORS) as error:
            raise _told(error, request) from error
        return httpx.Response(answer.status, headers=list(answer.raw_headers), stream=body, request=request)

    async def _send(self, request: httpx.Request) -> aiohttp.ClientResponse:
        allowed = request.extensions.get("timeout", {})
        return await self._open().request(
            request.method,
            URL(str(request.url), encoded=True),
            headers=request.headers.multi_items(),
            data=await request.aread() or None,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                connect=allowed.get("pool"),
                sock_connect=allowed.get("connect"),
                sock_read=allowed.get("read"),
            ),
        )

    async def aclose(self) -> None:
        """Close every connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def _told(error: BaseException, request: httpx.Request) -> httpx.TransportError:
    kind = next(theirs for ours, theirs in _ERRORS.items() if isinstance(error, ours))
    return kind(f"{type(error).__name__}: {error}", request=request)


def http_client(*, timeout: float, connections: int) -> httpx.AsyncClient:
    """The client of a marketplace: `timeout` in seconds for each step of an exchange, no proxy from the environment.

    It keeps no cookies: what one seller's answer sets must not go out with another's call.
    """
    client = httpx.AsyncClient(transport=AiohttpTransport(connections), timeout=timeout, trust_env=False)
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return client
