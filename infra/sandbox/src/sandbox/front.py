"""The front desk: takes a request to its marketplace, lets faults strike, writes the call down, answers or hangs up."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from sandbox.calls import Visit, new_call
from sandbox.faults import Faults, Scene
from sandbox.marketplace import Marketplace
from sandbox.truth import World
from sandbox.web import Reply, Request

# The ASGI protocol's own types; they end in this module.
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


class Front:
    """The ASGI application: marketplaces by their path prefix, everything else to the control API."""

    def __init__(
        self, world: World, faults: Faults, marketplaces: Mapping[str, Marketplace], control: Asgi
    ) -> None:
        self._world = world
        self._faults = faults
        self._marketplaces = marketplaces
        self._control = control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        prefix = scope["path"].split("/", 2)[1] if scope["type"] == "http" else ""
        marketplace = self._marketplaces.get(prefix)
        if marketplace is None:
            await self._control(scope, receive, send)
            return
        request = await _read(scope, receive, prefix)
        if request is None:
            return
        reply = await self._answer(marketplace, request)
        if reply is None:
            await _hang_up(scope)
        else:
            await _write(reply, send)
            if reply.sent is not None:
                await _hang_up(scope)

    async def _answer(self, marketplace: Marketplace, request: Request) -> Reply | None:
        account, operation, listing, requested = marketplace.identify(request)
        call = new_call(self._world, marketplace.platform, account, operation, request)
        call.listing, call.requested = listing, requested
        visit = Visit(self._world, call)
        try:
            reply = await self._reply(marketplace, request, visit)
        except Exception:
            visit.close(500)  # what the server makes of it; the call counts all the same
            raise
        visit.close(reply.status if reply else None)
        return reply

    async def _reply(self, marketplace: Marketplace, request: Request, visit: Visit) -> Reply | None:
        if visit.call.operation in marketplace.outside:
            await marketplace.look_outside(request)
        rule = self._faults.pick(visit) if self._faults.rules else None
        if rule is None:
            return marketplace.answer(request, visit)
        scene = Scene(rule, marketplace, request, visit, lambda: marketplace.answer(request, visit))
        return await self._faults.play(rule, scene)


async def _read(scope: Scope, receive: Receive, prefix: str) -> Request | None:
    """The whole request; None when the caller left before it was whole."""
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(
        method=scope["method"],
        path=scope["path"][len(prefix) + 1 :],
        query_string=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
        base_url=f"http://{headers.get('host', '127.0.0.1')}/{prefix}",
    )


async def _write(reply: Reply, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    more = reply.sent is not None
    await send({"type": "http.response.body", "body": reply.body[: reply.sent], "more_body": more})
    if more:
        await asyncio.sleep(0.05)  # what was sent is to arrive before the connection is cut


async def _hang_up(scope: Scope) -> None:
    """Cut the connection with no answer; under a server without our protocol class the caller sees the error."""
    abort = scope.get("state", {}).get("abort")
    if abort is None:
        raise ConnectionResetError
    abort()
    await asyncio.sleep(0.01)
