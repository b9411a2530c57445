"""`python -m gateway run | migrate | openapi`, and what operations do for people: `create-seller`, `create-key`, `revoke-key`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import sys
from collections.abc import Awaitable, Callable
from uuid import UUID

from kit.database import Database
from kit.errors import NotFound, Refused
from kit.service import command_line
from kit.unit_of_work import UnitOfWork

from gateway import usecases
from gateway.app import build
from gateway.config import Settings

_serve = command_line("gateway", build, Settings, __file__)

Said = dict[str, object]


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="gateway", description="Each prints one JSON line.")
    commands = parser.add_subparsers(dest="command", required=True)
    seller = commands.add_parser("create-seller", help="a tenant and its owner, or a new password for one")
    seller.add_argument("--tenant-name", required=True)
    seller.add_argument("--tenant-id", type=UUID)
    seller.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    key = commands.add_parser("create-key", help="an API key with a person's tenant and role")
    key.add_argument("--name", required=True, help="what uses it")
    revoke = commands.add_parser("revoke-key", help="end an API key at once")
    revoke.add_argument("--key-id", type=UUID, required=True)
    for command in (seller, key, revoke):
        command.add_argument("--email", required=True)
    return parser.parse_args(given)


async def _create_seller(uow: UnitOfWork, arguments: argparse.Namespace) -> Said:
    """The password comes from standard input, else `SOLDWIRE_SELLER_PASSWORD`, else it is made up and printed."""
    typed = sys.stdin.readline().strip() if arguments.password_stdin else None
    chosen = typed or os.environ.get("SOLDWIRE_SELLER_PASSWORD")
    password = chosen or secrets.token_urlsafe(12)
    made = await usecases.create_seller(
        uow,
        email=arguments.email,
        tenant_name=arguments.tenant_name,
        password_hash=await usecases.hash_password(password),
        tenant_id=arguments.tenant_id,
    )
    ids = {"tenant_id": str(made.tenant_id), "user_id": str(made.user_id)}
    said: Said = {**ids, "email": made.email, "created": made.created}
    return said if chosen else {**said, "password": password}


async def _create_key(uow: UnitOfWork, arguments: argparse.Namespace) -> Said:
    key_id, token = await usecases.issue_key(uow, await _person(uow, arguments.email), arguments.name)
    return {"key_id": str(key_id), "name": arguments.name, "key": token}


async def _revoke_key(uow: UnitOfWork, arguments: argparse.Namespace) -> Said:
    await usecases.revoke_key(uow, await _person(uow, arguments.email), arguments.key_id)
    return {"key_id": str(arguments.key_id), "revoked": True}


async def _person(uow: UnitOfWork, email: str) -> usecases.User:
    found = await usecases.find_user(uow, email)
    if found is None:
        raise NotFound("no_such_person", "Nobody signs in with this e-mail address.")
    return found


COMMANDS: dict[str, Callable[[UnitOfWork, argparse.Namespace], Awaitable[Said]]] = {
    "create-seller": _create_seller,
    "create-key": _create_key,
    "revoke-key": _revoke_key,
}


async def _run(arguments: argparse.Namespace) -> Said:
    database = Database(Settings(), source="/gateway")
    try:
        async with database.bus() as uow:
            return await COMMANDS[arguments.command](uow, arguments)
    finally:
        await database.dispose()


def main() -> None:
    """Entry of `python -m gateway`."""
    if sys.argv[1:2] and sys.argv[1] in COMMANDS:
        try:
            print(json.dumps(asyncio.run(_run(_arguments(sys.argv[1:])))))
        except Refused as refused:
            sys.exit(f"gateway: {refused.message}")
    else:
        _serve()


if __name__ == "__main__":
    main()
