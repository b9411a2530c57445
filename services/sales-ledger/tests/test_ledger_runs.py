"""Payout runs by their table, and books that balance and hold what each consignor is owed after any history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import product
from uuid import UUID

import pytest
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from ledger_sales import ANNA, BELA, NOW, TENANT, consigned, fee, line, money, refund, stock, terms
from sales_ledger.domain import (
    OPEN,
    Act,
    Band,
    Base,
    IllegalMoveError,
    Owned,
    OwnerKind,
    Payment,
    Run,
    RunLine,
    RunMove,
    RunState,
    Sale,
    Tiers,
    commands,
    draw,
    due,
    restate,
    runs,
    share_of,
    with_terms,
)

RUN = Run(UUID(int=9), TENANT, "GBP", NOW + timedelta(days=30))
ACT = Act("approve", "Ada", NOW)
LEGAL = {
    (RunState.DRAFT, RunMove.APPROVE): RunState.APPROVED,
    (RunState.DRAFT, RunMove.CANCEL): RunState.CANCELLED,
    (RunState.APPROVED, RunMove.PAY): RunState.PAID,
    (RunState.APPROVED, RunMove.CANCEL): RunState.CANCELLED,
    (RunState.PAID, RunMove.UNPAY): RunState.APPROVED,
}


@pytest.mark.parametrize(("state", "move"), list(product(RunState, RunMove)))
def test_a_run_moves_as_its_note_says_and_in_no_other_way(state: RunState, move: RunMove) -> None:
    run = replace(RUN, state=state, acts=(Act("pay", "Grace", NOW),))
    if (state, move) in LEGAL:
        moved = run.move(move, ACT)
        assert (moved.state, moved.acts[-1]) == (LEGAL[state, move], ACT)
    else:
        with pytest.raises(IllegalMoveError, match=r"draft|Grace, on 2026-03-01"):
            run.move(move, ACT)


def sale(number: int, price: str, *, paid: str | None = None, **more: object) -> Sale:
    made = consigned(money(price), [terms("40")], confirmed=True, number=number, **more)
    return replace(made, payments=(Payment(UUID(int=8), money(paid), NOW),)) if paid else made


def of_bela(made: Sale) -> Sale:
    return with_terms(replace(made, stock=stock(OwnerKind.CONSIGNED, BELA)), [terms("40")])


def test_a_consignor_is_taken_up_whole_and_netted_or_left_out_with_the_reason() -> None:
    late = sale(1, "20.00", paid="12.00", refunds=(refund(1, money("10.00")),))
    ours = [late, sale(2, "100.00"), of_bela(sale(3, "5.00", refunds=(refund(1, money("5.00")),)))]
    found = draw(ours, RUN, {ANNA, BELA})
    assert [(line.sale_id.int, line.amount, line.paid_before) for line in found.lines] == [
        (1, Decimal("-6.00"), Decimal("12.00")),
        (2, Decimal("60.00"), Decimal(0)),
    ]
    assert (found.total, found.left_out) == (Decimal("54.00"), ())


def test_who_owes_as_much_waits_and_who_is_unknown_is_said() -> None:
    owing = [sale(1, "20.00", paid="12.00", refunds=(refund(1, money("20.00")),)), sale(2, "20.00")]
    stranger = of_bela(sale(3, "20.00"))
    found = draw([*owing, stranger], RUN, {ANNA})
    assert found.lines == ()
    assert [(out.consignor_id, out.amount) for out in found.left_out] == [(ANNA, 0), (BELA, Decimal("12.00"))]
    assert "next run" in found.left_out[0].why
    assert "not in your list" in found.left_out[1].why


def test_whoever_was_named_and_has_nothing_due_is_said_too() -> None:
    found = draw([sale(1, "20.00")], replace(RUN, consignor_ids=(ANNA, BELA)), {ANNA, BELA})
    assert [(out.consignor_id, out.amount, out.why) for out in found.left_out] == [
        (BELA, Decimal(0), "Nothing is due by then.")
    ]


def test_a_run_takes_only_its_currency_what_is_due_and_what_no_other_run_has() -> None:
    other = replace(sale(1, "20.00"), run_id=UUID(int=77))
    foreign = consigned(money("20.00", "EUR"), [terms("40")], confirmed=True, number=2)
    early = sale(3, "20.00", sold_at=NOW + timedelta(days=20))
    assert draw([other, foreign, early], RUN, {ANNA}).lines == ()
    with pytest.raises(IllegalMoveError, match="another payout run"):
        runs.take(other, RUN.run_id)


def test_changed_figures_are_seen() -> None:
    taken = runs.take(sale(1, "20.00"), RUN.run_id)
    lines = [RunLine(taken.sale_id, ANNA, Decimal("12.00"), Decimal("12.00"), Decimal(0))]
    assert runs.changed(lines, {taken.sale_id: taken}, RUN) == []
    assert taken.line is not None
    refunded = replace(taken, line=replace(taken.line, refunds=(refund(1, money("1.00")),)))
    assert runs.changed(lines, {taken.sale_id: refunded}, RUN) == [taken.sale_id]
    assert runs.changed(lines, {}, RUN) == [taken.sale_id]


def test_only_the_last_payment_of_a_sale_is_undone() -> None:
    run, later = UUID(int=9), UUID(int=10)
    paid = runs.pay(runs.take(sale(1, "20.00"), run), run, Decimal("12.00"), "GBP", NOW)
    assert runs.unpay(paid, run) == runs.take(sale(1, "20.00"), run)
    for blocked in (
        runs.take(paid, later),
        runs.pay(runs.take(paid, later), later, Decimal("-2.00"), "GBP", NOW),
    ):
        with pytest.raises(IllegalMoveError, match="later payout run"):
            runs.unpay(blocked, run)
    with pytest.raises(IllegalMoveError, match="not in this"):
        runs.pay(paid, run, Decimal("12.00"), "GBP", NOW)


TIERS = Tiers((Band(Decimal(0), Decimal(50)), Band(Decimal(50), Decimal("33.3"))))
AGREED = [
    terms("40", minimum=money("2.50")),
    replace(terms(rate=TIERS, base=Base.AFTER_FEES, whose=BELA, return_days=3), terms_id=UUID(int=33)),
]
NUMBERS = st.integers(1, 4)
AMOUNTS = st.decimals("0.01", 120, places=2)
OWNERS = st.sampled_from(
    [Owned(OwnerKind.OWN), Owned(OwnerKind.UNKNOWN), *(Owned(OwnerKind.CONSIGNED, c) for c in (ANNA, BELA))]
)


class Books(RuleBasedStateMachine):
    """One shop with four sales, two consignors and as many runs as come; every step is posted by the difference."""

    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = NOW
        self.steps = 0
        self.sales = {UUID(int=n): Sale(TENANT, UUID(int=n)) for n in range(1, 5)}
        self.posted: dict[UUID, dict[str, dict[tuple[str, str], Decimal]]] = defaultdict(
            lambda: defaultdict(lambda: defaultdict(Decimal))
        )
        self.runs: dict[UUID, tuple[Run, dict[UUID, RunLine]]] = {}

    def become(self, after: Sale) -> None:
        after = with_terms(after, AGREED)
        self.steps += 1
        for posting in restate(after, self.posted[after.sale_id], f"r{self.steps}"):
            assert sum(entry.amount.amount for entry in posting.entries) == 0
            for entry in posting.entries:
                self.posted[after.sale_id][posting.kind][entry.account, entry.amount.currency] += (
                    entry.amount.amount
                )
        self.sales[after.sale_id] = after

    @initialize(prices=st.lists(AMOUNTS, min_size=4, max_size=4))
    def a_few_are_sold_and_confirmed(self, prices: list[Decimal]) -> None:
        for number, price in enumerate(prices, start=1):
            self.sell(number, price, ANNA if number < 4 else BELA)

    @precondition(lambda self: len(self.sales) < 10)
    @rule(price=AMOUNTS, consignor=st.sampled_from([ANNA, BELA]))
    def another_is_sold_and_confirmed(self, price: Decimal, consignor: UUID) -> None:
        number = len(self.sales) + 1
        self.sales[UUID(int=number)] = Sale(TENANT, UUID(int=number))
        self.sell(number, price, consignor)

    def sell(self, number: int, price: Decimal, consignor: UUID) -> None:
        self.the_marketplace_speaks(number, price, [], Decimal("1.50"), 1, 0, None)
        self.inventory_speaks(number, Owned(OwnerKind.CONSIGNED, consignor))
        self.a_person_confirms(number)

    @precondition(lambda self: any(sale.is_paid for sale in self.sales.values()))
    @rule(data=st.data(), amount=AMOUNTS)
    def a_refund_comes_late(self, data: st.DataObject, amount: Decimal) -> None:
        """Of a sale that is paid already, however much of it."""
        paid = data.draw(st.sampled_from([sale for sale in self.sales.values() if sale.is_paid]))
        assert paid.line is not None
        refunds = (*paid.line.refunds, refund(len(paid.line.refunds), money(amount)))
        more = replace(paid.line, revision=paid.line.revision + 1, refunds=refunds)
        self.become(paid.with_line(more))

    @rule(number=NUMBERS, price=AMOUNTS, gone=st.lists(AMOUNTS, max_size=2), fees=st.none() | AMOUNTS,
          quantity=st.integers(1, 3), cancelled=st.integers(0, 3), shipping=st.none() | AMOUNTS)  # fmt: skip
    def the_marketplace_speaks(
        self,
        number: int,
        price: Decimal,
        gone: list[Decimal],
        fees: Decimal | None,
        quantity: int,
        cancelled: int,
        shipping: Decimal | None,
    ) -> None:
        before = self.sales[UUID(int=number)]
        said = line(
            money(price),
            revision=before.line.revision + 1 if before.line else 1,
            quantity=quantity,
            cancelled_quantity=min(cancelled, quantity) if cancelled > 1 else 0,
            fees=(fee(fees),) if fees is not None else (),
            refunds=tuple(refund(n, money(amount)) for n, amount in enumerate(gone)),
            shipping_price=money(shipping) if shipping is not None else None,
        )
        self.become(before.with_line(said))

    @rule(number=NUMBERS, owned=OWNERS)
    def inventory_speaks(self, number: int, owned: Owned) -> None:
        before = self.sales[UUID(int=number)]
        revision = before.stock.revision + 1 if before.stock else 1
        self.become(before.with_stock(stock(owned.kind, owned.consignor_id, revision)))

    @rule(number=NUMBERS, owned=OWNERS, what=st.sampled_from(commands.Command))
    def a_person_decides(self, number: int, owned: Owned, what: commands.Command) -> None:
        before = self.sales[UUID(int=number)]
        acts = {
            commands.Command.CONFIRM: lambda: commands.confirm(before, self.now),
            commands.Command.UNCONFIRM: lambda: commands.unconfirm(before),
            commands.Command.REMOVE: lambda: commands.remove(before, self.now, still_have_it=None),
            commands.Command.RESTORE: lambda: commands.restore(before),
            commands.Command.CORRECT_OWNER: lambda: commands.correct_owner(before, owned),
            commands.Command.UNCORRECT_OWNER: lambda: commands.uncorrect_owner(before),
            commands.Command.GIVE_FEES: lambda: commands.give_fees(before, Decimal("0.01")),
            commands.Command.UNGIVE_FEES: lambda: commands.ungive_fees(before),
        }
        refusal = commands.refusal_of(before, what)
        try:
            after = acts[what]()
        except IllegalMoveError:
            return
        assert refusal is None
        self.become(after)

    @rule(number=NUMBERS)
    def a_person_confirms(self, number: int) -> None:
        """By itself too, so that runs have something to take."""
        before = self.sales[UUID(int=number)]
        if commands.refusal_of(before, commands.Command.CONFIRM) is None:
            self.become(replace(before, decisions=replace(before.decisions, confirmed_at=self.now)))

    @rule(days=st.integers(1, 20))
    def time_goes_by(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule()
    def a_run_is_drawn(self) -> None:
        until = self.now + timedelta(days=20)
        run = replace(RUN, run_id=UUID(int=1000 + len(self.runs)), due_until=until)
        drawn = draw(self.sales.values(), run, {ANNA, BELA})
        if not drawn.lines:
            return
        event("a run takes back" if any(taken.amount < 0 for taken in drawn.lines) else "a run pays")
        for taken in drawn.lines:
            self.become(runs.take(self.sales[taken.sale_id], run.run_id))
        lines = {taken.sale_id: taken for taken in drawn.lines}
        self.runs[run.run_id] = (replace(run, total=drawn.total), lines)

    @rule()
    def a_run_is_drawn_and_paid(self) -> None:
        before = len(self.runs)
        self.a_run_is_drawn()
        if len(self.runs) > before:
            run_id = UUID(int=1000 + before)
            for what in (RunMove.APPROVE, RunMove.PAY):
                self.move(run_id, what)

    @precondition(lambda self: any(run.state is not RunState.CANCELLED for run, _ in self.runs.values()))
    @rule(data=st.data())
    def a_run_moves(self, data: st.DataObject) -> None:
        standing = [run for run, _ in self.runs.values() if run.state is not RunState.CANCELLED]
        run_id = data.draw(st.sampled_from(standing)).run_id
        state = self.runs[run_id][0].state
        self.move(run_id, data.draw(st.sampled_from([what for begun, what in LEGAL if begun is state])))

    def move(self, run_id: UUID, what: RunMove) -> None:
        run, lines = self.runs[run_id]
        if what is RunMove.APPROVE and runs.changed(list(lines.values()), self.sales, run):
            return
        acts: dict[RunMove, Callable[[Sale], Sale]] = {
            RunMove.APPROVE: lambda s: s,
            RunMove.PAY: lambda s: runs.pay(s, run.run_id, lines[s.sale_id].amount, "GBP", self.now),
            RunMove.CANCEL: lambda s: runs.release(s, run.run_id),
            RunMove.UNPAY: lambda s: runs.unpay(s, run.run_id),
        }
        try:
            moved = [acts[what](self.sales[sale_id]) for sale_id in lines]
        except IllegalMoveError:
            assert what is RunMove.UNPAY
            event("a later run has one of its sales")
            return
        event(f"{what.value} a run")
        for after in moved:
            self.become(after)
        self.runs[run.run_id] = (run.move(what, replace(ACT, what=what.value)), lines)

    def balance(self, account: str) -> Decimal:
        kinds = [kind for posted in self.posted.values() for kind in posted.values()]
        return sum((kind.get((account, "GBP"), Decimal(0)) for kind in kinds), Decimal(0))

    @invariant()
    def the_shop_owes_each_consignor_his_shares_less_what_was_paid(self) -> None:
        for consignor in (ANNA, BELA):
            his = [sale for sale in self.sales.values() if sale.owned.consignor_id == consignor]
            shares = [share.amount.amount for sale in his if (share := share_of(sale)) is not None]
            paid = [payment.amount.amount for sale in his for payment in sale.payments]
            assert -self.balance(f"consigned:{consignor}") == sum(shares) - sum(paid)

    @invariant()
    def all_accounts_together_are_zero_and_the_bank_paid_what_the_runs_did(self) -> None:
        total = sum(
            amount for sale in self.posted.values() for kind in sale.values() for amount in kind.values()
        )
        assert total == 0
        paid = [run.total for run, _ in self.runs.values() if run.state is RunState.PAID]
        assert -self.balance("bank") == sum(paid, Decimal(0))

    @invariant()
    def what_is_posted_is_what_is_due(self) -> None:
        for sale_id, sale in self.sales.items():
            posted = {k: {a: v for a, v in held.items() if v} for k, held in self.posted[sale_id].items()}
            wanted = {k: {a: v for a, v in held.items() if v} for k, held in due(sale).items()}
            assert {k: v for k, v in posted.items() if v} == {k: v for k, v in wanted.items() if v}

    @invariant()
    def a_sale_is_in_the_open_run_that_has_it_and_nobody_is_overpaid_in_the_end(self) -> None:
        open_runs = [lines for run, lines in self.runs.values() if run.state in OPEN]
        for sale_id, sale in self.sales.items():
            assert sum(sale_id in lines for lines in open_runs) == (1 if sale.run_id else 0)
            assert sale.paid_amount is None or sale.paid_amount.amount >= 0
        for run, lines in self.runs.values():
            assert run.total == sum((taken.amount for taken in lines.values()), Decimal(0))
            for consignor in {taken.consignor_id for taken in lines.values()}:
                assert sum(taken.amount for taken in lines.values() if taken.consignor_id == consignor) > 0


Books.TestCase.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
TestBooks = Books.TestCase
