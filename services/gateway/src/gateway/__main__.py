"""`python -m gateway run | migrate | openapi`, and `create-seller` for the first person of a tenant."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import sys
from uuid import UUID

from kit.database import Database
from kit.service import command_line

from gateway import usecases
from gateway.app import build
from gateway.config import Settings
from gateway.usecases import NewSeller

_serve = command_line("gateway", build, Settings, __file__)


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="gateway create-seller")
    parser.add_argument("--email", required=True)
    parser.add_argument("--tenant-name", required=True)
    parser.add_argument("--tenant-id", type=UUID)
    parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    return parser.parse_args(given)


async def _create(arguments: argparse.Namespace, password: str) -> NewSeller:
    database = Database(Settings(), source="/gateway")
    try:
        async with database.bus() as uow:
            return await usecases.create_seller(
                uow,
                email=arguments.email,
                tenant_name=arguments.tenant_name,
                password_hash=await usecases.hash_password(password),
                tenant_id=arguments.tenant_id,
            )
    finally:
        await database.dispose()


def create_seller(given: list[str]) -> None:
    """Create a tenant and its owner, or give an existing e-mail address a new password; prints one JSON line.

    The password comes from standard input (`--password-stdin`), else `SOLDWIRE_SELLER_PASSWORD`, else it is made
    up and printed.
    """
    arguments = _arguments(given)
    chosen = (
        sys.stdin.readline().strip()
        if arguments.password_stdin
        else os.environ.get("SOLDWIRE_SELLER_PASSWORD")
    )
    password = chosen or secrets.token_urlsafe(12)
    made = asyncio.run(_create(arguments, password))
    said = {
        "tenant_id": str(made.tenant_id),
        "user_id": str(made.user_id),
        "email": made.email,
        "created": made.created,
    }
    print(json.dumps(said if chosen else {**said, "password": password}))


def main() -> None:
    """Entry of `python -m gateway`."""
    if sys.argv[1:2] == ["create-seller"]:
        create_seller(sys.argv[2:])
    else:
        _serve()


if __name__ == "__main__":
    main()
