"""`python -m gateway create-seller`, run as its own process on a real database."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from gateway import usecases
from gateway.config import Settings
from kit.database import Database
from kit.errors import Unauthorized


def create(
    settings: Settings, *options: str, typed: str | None = None, **variables: str
) -> dict[str, object]:
    return run(settings, "create-seller", *options, typed=typed, **variables)


def run(
    settings: Settings, verb: str, *options: str, typed: str | None = None, **variables: str
) -> dict[str, object]:
    environment = {
        **os.environ,
        "SOLDWIRE_POSTGRES_BUS": settings.postgres_bus,
        "SOLDWIRE_SECRET": settings.secret.get_secret_value(),
        **variables,
    }
    command = [sys.executable, "-m", "gateway", verb, "--email", "Ana@shop.example", *options]
    done = subprocess.run(
        command, env=environment, input=typed, capture_output=True, text=True, timeout=60, check=True
    )
    found: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


async def opens(settings: Settings, password: str) -> bool:
    database = Database(settings, source="/gateway")
    async with database.bus() as uow:
        user = await usecases.find_user(uow, "ana@shop.example")
    await database.dispose()
    return await usecases.check_password(user, password)


async def test_a_seller_with_a_made_up_password(settings: Settings) -> None:
    made = create(settings, "--tenant-name", "Ana's shop")
    assert made["created"] is True
    assert await opens(settings, str(made["password"]))


async def test_again_with_a_chosen_password_keeps_the_tenant_and_prints_no_password(
    settings: Settings,
) -> None:
    first = create(settings, "--tenant-name", "Ana's shop")
    typed = create(settings, "--tenant-name", "x", "--password-stdin", typed="typed at the prompt\n")
    assert (typed["tenant_id"], typed["created"]) == (first["tenant_id"], False)
    assert "password" not in typed
    assert await opens(settings, "typed at the prompt")
    create(settings, "--tenant-name", "x", SOLDWIRE_SELLER_PASSWORD="set in the environment")
    assert await opens(settings, "set in the environment")


async def test_a_given_tenant_id_is_taken(settings: Settings) -> None:
    wanted = "5b0e7a52-90ab-4c7b-8a2f-2d6f5d6a8f10"
    assert create(settings, "--tenant-name", "Ana's shop", "--tenant-id", wanted)["tenant_id"] == wanted


async def test_a_key_is_made_for_a_person_and_ended(settings: Settings) -> None:
    seller = create(settings, "--tenant-name", "Ana's shop")
    made = run(settings, "create-key", "--name", "till")
    database = Database(settings, source="/gateway")
    async with database.bus() as uow:
        holder = await usecases.use_key(uow, str(made["key"]))
    assert (str(holder.tenant_id), str(holder.key_id)) == (seller["tenant_id"], made["key_id"])
    run(settings, "revoke-key", "--key-id", str(made["key_id"]))
    with pytest.raises(Unauthorized):
        async with database.bus() as uow:
            await usecases.use_key(uow, str(made["key"]))
    await database.dispose()


async def test_a_key_for_nobody_is_refused_in_words(settings: Settings) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        run(settings, "create-key", "--name", "till")
    assert failed.value.stderr.strip() == "gateway: Nobody signs in with this e-mail address."
