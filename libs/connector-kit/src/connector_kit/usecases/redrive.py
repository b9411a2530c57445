"""Orders of a page that could not be read, redriven: the same on every marketplace but for what an order looks like."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from kit.dead_letters import DeadLetter
from kit.redrive import Redriver
from kit.unit_of_work import UnitOfWork

from connector_kit import store
from connector_kit.domain import Account, OrderLine
from connector_kit.marketplace import UnmappableError
from connector_kit.usecases.sales import Sighting, record_lines

ReadAgain = Callable[[UnitOfWork, Account, DeadLetter], Awaitable[Sequence[OrderLine]]]
"""The lines of the order in a dead letter's payload; none where it has the order read instead. Raises UnmappableError when
it still can't be read."""


def orders_redriver(read: ReadAgain) -> Redriver:
    """Redrives the dead letters of `usecases.polls.UNREADABLE`. Raises UnmappableError when an order still can't be read."""

    async def redrive(uow: UnitOfWork, letter: DeadLetter) -> None:
        account = await account_of(uow, letter)
        lines = await read(uow, account, letter)
        await record_lines(uow, [Sighting(account, line, "poll", letter.created_at) for line in lines])

    return redrive


async def account_of(uow: UnitOfWork, letter: DeadLetter) -> Account:
    """Whose a dead letter is; its tenant is this transaction's from then on. Raises UnmappableError when nobody's."""
    if letter.tenant_id is None or letter.key is None:
        raise UnmappableError("the dead letter names no account")
    await uow.allow([letter.tenant_id])
    account_id = UUID(bytes=letter.key)
    account = (await store.load_accounts(uow, [account_id])).get(account_id)
    if account is None:
        raise UnmappableError("the account is no longer there")
    return account
