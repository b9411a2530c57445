"""Payout runs: what one takes up, its states as a table, and what it does to its sales."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from sales_ledger.domain.commands import IllegalMoveError
from sales_ledger.domain.money import Money, tidy
from sales_ledger.domain.sale import Payment, Sale
from sales_ledger.domain.shares import due_of

ZERO = Decimal(0)


class RunState(StrEnum):
    """Where a payout run stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    PAID = "paid"
    CANCELLED = "cancelled"


class RunMove(StrEnum):
    """What a person does with a payout run."""

    APPROVE = "approve"
    PAY = "pay"
    CANCEL = "cancel"
    UNPAY = "unpay"


MOVES: Mapping[tuple[RunState, RunMove], RunState] = MappingProxyType(
    {
        (RunState.DRAFT, RunMove.APPROVE): RunState.APPROVED,
        (RunState.APPROVED, RunMove.PAY): RunState.PAID,
        (RunState.DRAFT, RunMove.CANCEL): RunState.CANCELLED,
        (RunState.APPROVED, RunMove.CANCEL): RunState.CANCELLED,
        # The transfer came back.
        (RunState.PAID, RunMove.UNPAY): RunState.APPROVED,
    }
)
"""Every move there is; any other is refused."""
REFUSALS: Mapping[RunState, str] = MappingProxyType(
    {
        RunState.DRAFT: "This run is a draft; approve it first.",
        RunState.APPROVED: "This run is approved and not paid yet.",
        RunState.PAID: "This run is paid.",
        RunState.CANCELLED: "This run was cancelled.",
    }
)
OPEN = frozenset({RunState.DRAFT, RunState.APPROVED})
"""States in which a run has its sales to itself."""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did with a run, when and why."""

    what: str
    by: str
    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A consignor a run took nothing up of, and why."""

    consignor_id: UUID
    amount: Decimal
    why: str


@dataclass(frozen=True, slots=True)
class Run:
    """Consignors are paid together, in one currency, what was due until a time."""

    run_id: UUID
    tenant_id: UUID
    currency: str
    due_until: datetime
    consignor_ids: tuple[UUID, ...] = ()
    """Whom it was narrowed to; all when empty."""
    sale_ids: tuple[UUID, ...] = ()
    """Which sales it was narrowed to, beside what their consignors owe; all when empty."""
    state: RunState = RunState.DRAFT
    total: Decimal = ZERO
    left_out: tuple[LeftOut, ...] = ()
    method: str | None = None
    reference: str | None = None
    acts: tuple[Act, ...] = ()

    def move(self, what: RunMove, act: Act) -> Run:
        """The run after a move of its table. Raises IllegalMoveError."""
        to = MOVES.get((self.state, what))
        if to is None:
            raise IllegalMoveError(self._refusal())
        return replace(self, state=to, acts=(*self.acts, act))

    def _refusal(self) -> str:
        """Why a move is refused: what stands in its way, and since it is no draft any more, who did it and when."""
        if self.state is RunState.DRAFT or not self.acts:
            return REFUSALS[self.state]
        last = self.acts[-1]
        return f"{REFUSALS[self.state]} By {last.by}, on {last.at:%Y-%m-%d at %H:%M:%S} UTC."


@dataclass(frozen=True, slots=True)
class RunLine:
    """What a run pays of one sale; negative where it takes back."""

    sale_id: UUID
    consignor_id: UUID
    amount: Decimal
    share: Decimal
    paid_before: Decimal


@dataclass(frozen=True, slots=True)
class DueSum:
    """What is due of a consignor in a currency: now, to be taken back, once return windows have passed, in open runs."""

    consignor_id: UUID
    currency: str
    due: Decimal
    clawbacks: Decimal
    later: Decimal
    next_due_at: datetime | None
    in_runs: Decimal


@dataclass(frozen=True, slots=True)
class RunSum:
    """What a run pays a consignor."""

    consignor_id: UUID
    sales: int
    due: Decimal
    clawbacks: Decimal


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a run takes up, and whom it leaves out."""

    lines: tuple[RunLine, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def total(self) -> Decimal:
        """What is to be transferred in all."""
        return sum((line.amount for line in self.lines), ZERO)


def draw(sales: Iterable[Sale], run: Run, known: Collection[UUID]) -> Drawn:
    """Take up what is due of these sales, per consignor as a whole, so that what he owes is netted.

    A consignor whose sum is not positive waits for the next run; one who is not in the shop's list can't be paid.
    """
    by_consignor: dict[UUID, list[RunLine]] = defaultdict(list)
    for sale in sales:
        line = line_of(sale, run)
        if line is not None:
            by_consignor[line.consignor_id].append(line)
    lines: list[RunLine] = []
    left_out = []
    for consignor, his in sorted(by_consignor.items()):
        why = _left_out_because(his, in_list=consignor in known)
        if why is None:
            lines += sorted(his, key=lambda line: line.sale_id)
        else:
            left_out.append(LeftOut(consignor, sum((line.amount for line in his), ZERO), why))
    named = [consignor for consignor in run.consignor_ids if consignor not in by_consignor]
    left_out += [LeftOut(consignor, ZERO, "Nothing is due by then.") for consignor in named]
    return Drawn(tuple(lines), tuple(left_out))


def _left_out_because(lines: Sequence[RunLine], *, in_list: bool) -> str | None:
    if not in_list:
        return "This consignor is not in your list; correct the owner of these sales."
    if sum((line.amount for line in lines), ZERO) <= 0:
        return "What must be taken back is as much as what is due, or more; it waits for the next run."
    return None


def line_of(sale: Sale, run: Run) -> RunLine | None:
    """What the run would pay of a sale that no run has; None for nothing."""
    due, consignor = due_of(sale, run.due_until), sale.owned.consignor_id
    if due is None or due.why_not or due.amount is None or consignor is None:
        return None
    if due.amount.currency != run.currency:
        return None
    paid = sale.paid_amount.amount if sale.paid_amount else ZERO
    return RunLine(sale.sale_id, consignor, due.amount.amount, due.amount.amount + paid, paid)


def changed(lines: Sequence[RunLine], sales: Mapping[UUID, Sale], run: Run) -> list[UUID]:
    """Sales whose figures are other ones by now than when the run was drawn."""
    return [
        line.sale_id
        for line in lines
        if line.sale_id not in sales or line_of(release(sales[line.sale_id], run.run_id), run) != line
    ]


def take(sale: Sale, run_id: UUID) -> Sale:
    """The run has the sale to itself. Raises IllegalMoveError."""
    if sale.run_id not in (None, run_id):
        raise IllegalMoveError("This sale is in another payout run.")
    return replace(sale, run_id=run_id)


def release(sale: Sale, run_id: UUID) -> Sale:
    """The run lets the sale go; one it does not have stays as it is."""
    return replace(sale, run_id=None) if sale.run_id == run_id else sale


def pay(sale: Sale, run_id: UUID, amount: Decimal, currency: str, now: datetime) -> Sale:
    """The consignor got his part of the sale, or gave some back. Raises IllegalMoveError."""
    if sale.run_id != run_id:
        raise IllegalMoveError("This sale is not in this payout run.")
    payment = Payment(run_id, Money(tidy(amount, currency), currency), now)
    return replace(sale, run_id=None, payments=(*sale.payments, payment))


def unpay(sale: Sale, run_id: UUID) -> Sale:
    """The transfer came back: the sale is in the run as before it was paid. Raises IllegalMoveError."""
    if sale.run_id is not None or not sale.payments or sale.payments[-1].run_id != run_id:
        raise IllegalMoveError("A later payout run has one of its sales; undo or cancel that one first.")
    return replace(sale, run_id=run_id, payments=sale.payments[:-1])
