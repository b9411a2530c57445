"""The person who signs in to the dashboard, made as operations make one."""

from __future__ import annotations

import asyncio
import json
import sys
from uuid import UUID

from soldwire_local.environment import Environment, for_process
from soldwire_local.errors import LocalError


async def create_seller(
    environment: Environment, *, email: str, password: str, shop: str, tenant: UUID | None = None
) -> UUID:
    """A tenant and its owner by the gateway's own command; the tenant's id, a new one unless given.

    The same address again keeps its tenant and gets the new password. Raises LocalError in the gateway's words.
    """
    named = ["--tenant-id", str(tenant)] if tenant else []
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "gateway", "create-seller", "--email", email, "--tenant-name", shop, "--password-stdin"),
        *named,
        env=for_process(environment.service_environment("gateway")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await process.communicate(f"{password}\n".encode())
    if process.returncode:
        raise LocalError(f"the seller {email} could not be made:\n{error.decode()}")
    return UUID(json.loads(out.splitlines()[-1])["tenant_id"])
