"""Who calls: the person a signed token speaks for, and what their role may do."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from kit import tokens
from kit.errors import Forbidden, Unauthorized
from kit.tokens import Caller


def caller(request: Request) -> Caller:
    """The caller a request's bearer token speaks for. Raises Unauthorized."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized("no_token", "This address needs a token signed by the gateway.")
    return tokens.verify(request.app.state.settings, token.strip(), audience=request.app.state.service)


def operations_caller(request: Request) -> Caller:
    """The caller, who must be of the operations role. Raises Unauthorized or Forbidden."""
    found = caller(request)
    if found.role != "operations":
        raise Forbidden("not_operations", "Only the operations role may do this.")
    return found


def writing_caller(request: Request) -> Caller:
    """The caller, who must be allowed to change things. Raises Unauthorized or Forbidden."""
    found = caller(request)
    if found.role == "viewer":
        raise Forbidden("read_only", "This user may look but not change anything.")
    return found


CallerDep = Annotated[Caller, Depends(caller)]
WriterDep = Annotated[Caller, Depends(writing_caller)]
OperationsDep = Annotated[Caller, Depends(operations_caller)]
