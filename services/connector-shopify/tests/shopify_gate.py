"""A gate before the sandbox: it sees every request of the connector and may answer, change or hold it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import FastAPI, Request, Response
from testkit.http import http_to
from testkit.sandbox import serving_app

Step = Callable[["Asked"], Awaitable[Response | None]]


@dataclass(frozen=True)
class Asked:
    """One request on its way to the sandbox."""

    path: str
    body: bytes
    headers: dict[str, str]

    @property
    def for_tokens(self) -> bool:
        return self.path.endswith("/admin/oauth/access_token")


@dataclass
class Gate:
    """`step` may answer in the sandbox's place, or hold the request; `after` sees the sandbox's answer before it goes back."""

    url: str = ""
    step: Step | None = None
    after: Step | None = None
    asked: list[Asked] = field(default_factory=list)
    token_answers: list[bytes] = field(default_factory=list)
    """What the sandbox's token endpoint has answered."""

    @property
    def token_requests(self) -> int:
        return sum(one.for_tokens for one in self.asked)


@asynccontextmanager
async def gated(sandbox_url: str) -> AsyncIterator[Gate]:
    """A gate on a port of its own, for as long as the block runs."""
    gate, app = Gate(), FastAPI()
    async with http_to(sandbox_url, timeout=30) as http:

        @app.api_route("/{path:path}", methods=["GET", "POST"])
        async def forward(path: str, request: Request) -> Response:
            asked = Asked(path, await request.body(), dict(request.headers))
            gate.asked.append(asked)
            if gate.step is not None and (answer := await gate.step(asked)) is not None:
                return answer
            kept = {k: v for k, v in asked.headers.items() if k not in ("host", "content-length")}
            reply = await http.request(
                request.method, f"/{path}", content=asked.body, headers=kept, params=request.query_params
            )
            if asked.for_tokens:
                gate.token_answers.append(reply.content)
            if gate.after is not None and (answer := await gate.after(asked)) is not None:
                return answer
            told = {
                k: v for k, v in reply.headers.items() if k in ("content-type", "location", "retry-after")
            }
            return Response(reply.content, reply.status_code, headers=told)

        async with serving_app(app) as url:
            gate.url = url
            yield gate
