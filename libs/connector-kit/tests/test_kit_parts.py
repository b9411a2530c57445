"""Sealing, error table and group commit."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from uuid import uuid4

import httpx
import pytest
from connector_kit.errors import Action, CallFailed, ErrorTable, read_only
from connector_kit.group_commit import GroupCommit
from connector_kit.sealing import Sealed, Sealer, SealError

KEYS = [f"{name}:{base64.b64encode(name[-1:].encode() * 32).decode()}" for name in ("k1", "k2")]


def test_sealed_for_one_tenant_opens_for_no_other_and_survives_a_rotation() -> None:
    tenant = uuid4()
    old = Sealer(KEYS[0])
    sealed = old.seal(tenant, {"token": "t"})
    rotated = Sealer(",".join(reversed(KEYS)))
    assert rotated.open(tenant, sealed) == {"token": "t"}
    assert rotated.seal(tenant, {}).key_id == "k2"
    forged = sealed.data[:-1] + bytes([sealed.data[-1] ^ 1])
    for other in (Sealed(sealed.key_id, forged), Sealed("k9", sealed.data)):
        with pytest.raises(SealError):
            rotated.open(tenant, other)
    with pytest.raises(SealError):
        old.open(uuid4(), sealed)


@pytest.mark.parametrize("keys", ["", "nokey", "k:short", "k:!!!"])
def test_wrong_keys_are_refused(keys: str) -> None:
    with pytest.raises(ValueError):
        Sealer(keys)


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (httpx.ConnectError("no"), Action.RETRY),
        (httpx.ConnectTimeout("no"), Action.RETRY),
        (httpx.ReadTimeout("no"), Action.AMBIGUOUS),
        (httpx.RemoteProtocolError("no"), Action.AMBIGUOUS),
        (TimeoutError(), Action.AMBIGUOUS),
        (RuntimeError("unheard of"), Action.AMBIGUOUS),
    ],
)
def test_what_may_have_arrived_is_ambiguous(error: Exception, action: Action) -> None:
    problem = ErrorTable({}).of_exception(error)
    assert problem.action is action
    assert read_only(problem).action is not Action.AMBIGUOUS


def test_every_status_has_its_row() -> None:
    table = ErrorTable({})
    actions = {status: table.of_status(status).action for status in range(300, 600)}
    assert actions[429] is Action.RATE_LIMITED
    assert all(actions[status] is Action.AMBIGUOUS for status in range(500, 600))
    assert table.of_status(401).login
    pause = table.of_status(429, "7").retry_after
    assert pause is not None
    assert pause.total_seconds() == 7
    assert table.of_status(429, "Wed, 21 Oct").retry_after is None


async def test_a_group_takes_what_came_meanwhile_and_only_the_culprit_fails() -> None:
    groups: list[list[int]] = []

    async def apply(items: Sequence[int]) -> list[int]:
        groups.append(list(items))
        await asyncio.sleep(0.01)
        if 13 in items:
            raise ValueError("unlucky")
        return [item * 2 for item in items]

    commit = GroupCommit(apply)
    results = await asyncio.gather(*(commit(n) for n in range(10, 16)), return_exceptions=True)
    assert [r for r in results if not isinstance(r, BaseException)] == [20, 22, 24, 28, 30]
    assert isinstance(results[3], ValueError)
    assert len(groups[0]) == 6


async def test_it_says_how_long_the_oldest_has_been_here() -> None:
    done = asyncio.Event()

    async def apply(items: Sequence[int]) -> list[int]:
        await done.wait()
        return list(items)

    commit = GroupCommit(apply)
    assert commit.waited() == 0
    first = asyncio.create_task(commit(1))
    await asyncio.sleep(0.2)
    second = asyncio.create_task(commit(2))
    await asyncio.sleep(0.1)
    assert commit.waited() >= 0.3
    done.set()
    await asyncio.gather(first, second)
    await asyncio.sleep(0)
    assert commit.waited() == 0


async def test_a_passing_error_goes_to_everybody() -> None:
    async def apply(items: Sequence[int]) -> list[int]:
        raise ConnectionResetError("away")

    commit = GroupCommit(apply)
    results = await asyncio.gather(commit(1), commit(2), return_exceptions=True)
    assert all(isinstance(result, ConnectionResetError) for result in results)


def test_a_failed_call_says_its_code() -> None:
    assert "rate_limited" in str(CallFailed(ErrorTable({}).of_status(429)))
