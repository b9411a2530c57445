"""The ledger's rules by themselves: order does not matter, books balance, illegal moves are refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.csv_cells import safe
from sales_ledger.domain import (
    Base,
    Command,
    Delist,
    Fee,
    Fixed,
    IllegalMoveError,
    Line,
    Money,
    Oversold,
    Owned,
    OwnerKind,
    Payment,
    Refund,
    Sale,
    Shipment,
    Status,
    Step,
    Stock,
    Terms,
    commands,
    due,
    net_of,
    restate,
    status_of,
    terms_of,
    timeline,
    with_terms,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ID = UUID(int=7)
SALE = Sale(tenant_id=UUID(int=1), sale_id=UUID(int=2))
Change = Callable[[Sale], Sale]


def gbp(amount: Decimal | int | str) -> Money:
    return Money(Decimal(amount), "GBP")


amounts = st.decimals(min_value=0, max_value=9999, places=2, allow_nan=False)


@st.composite
def lines(draw: st.DrawFn) -> Line:
    """A whole order line whose figures are a function of its revision, as one connector's row gives it out."""
    revision = draw(st.integers(1, 6))
    quantity = 2
    refunds = tuple(
        Refund(f"R{n}", gbp(n), 0, NOW + timedelta(days=n)) for n in range(1, 1 + max(0, revision - 3))
    )
    return Line(
        revision=revision,
        account_id=ID,
        platform="ebay",
        order_id="O-1",
        order_number="O-1",
        order_url=None,
        line_id="L-1",
        listing_id=ID,
        sku="SKU",
        title="Jumper",
        thumbnail_url=None,
        quantity=quantity,
        cancelled_quantity=1 if revision == 6 else 0,
        payment="paid",
        price=gbp(20 + revision),
        shipping_price=gbp(3) if revision > 1 else None,
        tax=gbp("4.20"),
        fees=(Fee("final", gbp("2.10")), Fee("ad", gbp(revision))) if revision > 2 else (),
        refunds=refunds,
        shipments=(Shipment("Evri", "H00AAA", None, NOW),) if revision > 4 else (),
        sold_at=NOW,
        paid_at=NOW,
        cancelled_at=None,
        accepted_at=NOW,
        found_by="webhook",
    )


def _stock(at: int) -> Stock:
    owners = list(OwnerKind)
    outcome = "contended" if at % 2 else "held"
    return Stock(NOW + timedelta(seconds=at), ID, outcome, 2, 1 + (at + 1) % 2, 0, owners[at % 3], ID, gbp(5))


def _delist(revision: int) -> Delist:
    state = "done" if revision > 2 else "asked"
    step = Step(ID, ID, "depop", 1, 0, state, False, None, NOW, None, None, None, None)
    return Delist(revision, NOW + timedelta(seconds=revision), (step,))


def _changes() -> st.SearchStrategy[Change]:
    def line(value: Line) -> Change:
        return lambda sale: sale.with_line(value)

    def stock(at: int) -> Change:
        return lambda sale: sale.with_stock(_stock(at))

    def oversold(at: int) -> Change:
        return lambda sale: sale.with_oversold(
            Oversold(NOW + timedelta(seconds=at), 2, 1 + at % 2, f"why {at}")
        )

    def delist(revision: int) -> Change:
        return lambda sale: sale.with_delist(_delist(revision))

    def completed(revision: int) -> Change:
        return lambda sale: sale.with_completion(_delist(revision))

    return st.one_of(
        lines().map(line),
        st.integers(0, 9).map(stock),
        st.integers(0, 9).map(oversold),
        st.integers(1, 5).map(delist),
        st.integers(3, 5).map(completed),
    )


def test_inventorys_words_are_ordered_by_its_revision_where_clocks_cannot() -> None:
    held, lost = replace(_stock(4), revision=7), replace(_stock(3), revision=8)
    over = Oversold(NOW, 2, 1, "Another sale was paid first.", revision=9)
    for order in ((held, lost), (lost, held)):
        sale = SALE.with_oversold(over)
        for word in order:
            sale = sale.with_stock(word)
        assert sale.stock == lost
        assert sale.contention == over.reason
    assert sale.with_stock(replace(held, revision=10)).contention is None


@given(st.lists(_changes(), max_size=12), st.randoms(use_true_random=False), st.data())
def test_any_order_and_repetition_ends_in_the_same_sale(
    changes: list[Change], dice: object, data: st.DataObject
) -> None:
    again = data.draw(st.permutations(changes + changes[: len(changes) // 2]))
    ends = []
    for order in (changes, again):
        sale = SALE
        for change in order:
            sale = change(sale)
        ends.append(sale)
    assert ends[0] == ends[1]
    assert due(ends[0]) == due(ends[1])


def _act(sale: Sale, command: Command) -> Sale:
    acts: dict[Command, Change] = {
        Command.CONFIRM: lambda s: commands.confirm(s, NOW),
        Command.UNCONFIRM: commands.unconfirm,
        Command.REMOVE: lambda s: commands.remove(s, NOW, still_have_it=True),
        Command.RESTORE: commands.restore,
        Command.CORRECT_OWNER: lambda s: commands.correct_owner(s, Owned(OwnerKind.CONSIGNED, UUID(int=9))),
        Command.UNCORRECT_OWNER: commands.uncorrect_owner,
        Command.GIVE_FEES: lambda s: commands.give_fees(s, Decimal("1.25")),
        Command.UNGIVE_FEES: commands.ungive_fees,
    }
    try:
        return acts[command](sale)
    except IllegalMoveError:
        return sale


@given(st.lists(st.one_of(_changes(), st.sampled_from(Command)), max_size=20))
def test_books_balance_after_any_history_and_hold_what_is_due(history: list[Change | Command]) -> None:
    sale = SALE
    posted: dict[str, dict[tuple[str, str], Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for number, step in enumerate(history):
        sale = _act(sale, step) if isinstance(step, Command) else step(sale)
        for posting in restate(sale, posted, f"r{number}"):
            assert sum(entry.amount.amount for entry in posting.entries) == 0
            assert len(posting.entries) >= 2
            for entry in posting.entries:
                posted[posting.kind][entry.account, entry.amount.currency] += entry.amount.amount
    held = {k: {a: v for a, v in entries.items() if v} for k, entries in posted.items()}
    assert {k: v for k, v in held.items() if v} == {k: dict(v) for k, v in due(sale).items() if v}
    assert restate(sale, posted, "again") == []


@given(st.lists(st.one_of(_changes(), st.sampled_from(Command)), max_size=20))
def test_a_legal_command_changes_the_status_as_its_table_says(history: list[Change | Command]) -> None:
    sale = SALE
    for step in history:
        if not isinstance(step, Command):
            sale = step(sale)
            continue
        before, after = status_of(sale), _act(sale, step)
        if after == sale:
            continue
        assert before in commands.LEGAL[step]
        if step is Command.REMOVE:
            assert status_of(after) is Status.REMOVED
        if step is Command.RESTORE:
            assert status_of(after) is not Status.REMOVED
        sale = after


def _paid(sale: Sale, amount: str = "10.00") -> Sale:
    terms = Terms(
        UUID(int=3),
        sale.tenant_id,
        None,
        NOW,
        True,
        Fixed(Decimal(40)),
        None,
        Base.BEFORE_FEES,
        14,
        NOW,
        "me",
    )
    locked = with_terms(commands.confirm(sale, NOW), [terms])
    return replace(locked, payments=(Payment(ID, gbp(amount), NOW),))


def test_a_paid_sale_is_not_removed_nor_given_another_owner_though_it_was_cancelled() -> None:
    paid = _paid(_known(OwnerKind.CONSIGNED))
    assert status_of(paid) is Status.PAID
    assert paid.line is not None
    cancelled = replace(paid, line=replace(paid.line, cancelled_quantity=paid.line.quantity))
    assert status_of(cancelled) is Status.CANCELLED
    for sale in (paid, cancelled):
        for act in (lambda s: commands.remove(s, NOW, still_have_it=None), commands.uncorrect_owner):
            with pytest.raises(IllegalMoveError, match="undo the payment first"):
                act(sale)
    with pytest.raises(IllegalMoveError, match="undo the payment first"):
        commands.correct_owner(paid, Owned(OwnerKind.OWN))


def test_what_was_taken_back_whole_is_not_paid() -> None:
    paid = _paid(_known(OwnerKind.CONSIGNED))
    back = replace(paid, payments=(*paid.payments, Payment(UUID(int=8), gbp("-10.00"), NOW)))
    assert (status_of(back), back.paid_amount, back.paid_at) == (Status.NOT_PAID, gbp("0.00"), None)


def test_inventorys_word_does_not_move_a_sale_that_a_run_has() -> None:
    paid = _paid(_known(OwnerKind.CONSIGNED))
    assert paid.stock is not None
    moved = paid.with_stock(replace(paid.stock, owner=OwnerKind.UNKNOWN, consignor_id=None, revision=9))
    assert moved.owned == Owned(OwnerKind.CONSIGNED, ID)
    freed = replace(moved, payments=())
    assert freed.owned == Owned(OwnerKind.UNKNOWN)


def test_a_persons_word_on_the_owner_stands_beside_inventorys() -> None:
    given = commands.correct_owner(_known(OwnerKind.UNKNOWN), Owned(OwnerKind.OWN))
    assert given.stock is not None
    later = given.with_stock(replace(given.stock, owner=OwnerKind.CONSIGNED, revision=9))
    assert status_of(later) is Status.COMPLETE
    assert status_of(commands.uncorrect_owner(later)) is Status.NOT_PAID_UNCONFIRMED
    with pytest.raises(IllegalMoveError, match="that already"):
        commands.correct_owner(later, Owned(OwnerKind.OWN))
    with pytest.raises(IllegalMoveError, match="Nobody corrected"):
        commands.uncorrect_owner(commands.uncorrect_owner(later))


@pytest.mark.parametrize(
    ("more", "still_have_it"),
    [
        ({}, False),
        ({"cancelled_quantity": 1}, False),
        ({"cancelled_quantity": 2}, True),
        ({"payment": "refunded"}, True),
        ({"refunds": (Refund("R", gbp(20), 2, NOW),)}, True),
        ({"refunds": (Refund("R", gbp(5), 0, NOW),)}, False),
    ],
)
def test_do_you_still_have_it_is_no_by_default_while_the_order_stands(
    more: dict[str, object], still_have_it: bool
) -> None:
    sale = _known(OwnerKind.OWN, **more)
    assert commands.removal_of(sale).still_have_it is still_have_it
    assert commands.remove(sale, NOW, still_have_it=None).decisions.still_have_it is still_have_it
    answered = commands.remove(sale, NOW, still_have_it=not still_have_it)
    assert answered.decisions.still_have_it is not still_have_it


def _known(owner: OwnerKind, **more: object) -> Sale:
    line = Line(
        1, ID, "ebay", "O", None, None, "L", None, None, "Jumper", None, 2, 0, "paid", gbp(20), None, None, (), (),
        (), NOW, None, None, NOW, "poll",
    )  # fmt: skip
    stock = Stock(NOW, ID, "held", 2, 2, 0, owner, ID, None)
    return replace(SALE, line=replace(line, **more), stock=stock)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sale", "status"),
    [
        (_known(OwnerKind.OWN), Status.COMPLETE),
        (_known(OwnerKind.CONSIGNED), Status.NOT_PAID_UNCONFIRMED),
        (_known(OwnerKind.UNKNOWN), Status.OWNER_UNKNOWN),
        (replace(_known(OwnerKind.OWN), stock=None), Status.OWNER_UNKNOWN),
        (_known(OwnerKind.OWN, cancelled_quantity=2), Status.CANCELLED),
        (_known(OwnerKind.OWN, cancelled_quantity=1), Status.COMPLETE),
        (_known(OwnerKind.CONSIGNED, refunds=(Refund("R", gbp(20), 2, NOW),)), Status.REFUNDED),
        (_known(OwnerKind.CONSIGNED, refunds=(Refund("R", gbp(5), 0, NOW),)), Status.NOT_PAID_UNCONFIRMED),
        (SALE, None),
    ],
)
def test_status(sale: Sale, status: Status | None) -> None:
    assert status_of(sale) is status


@pytest.mark.parametrize(
    ("more", "net"),
    [
        ({}, None),
        ({"fees": (Fee("final", gbp("2.50")),)}, gbp("17.50")),
        ({"fees": (Fee("final", Money(Decimal(1), "USD")),)}, None),
        ({"fees": (Fee("f", gbp(1)),), "refunds": (Refund("R", gbp(5), 0, NOW),)}, gbp(14)),
        ({"fees": (Fee("f", gbp(1)),), "cancelled_quantity": 1}, gbp(9)),
        (
            {
                "fees": (Fee("f", gbp(1)),),
                "cancelled_quantity": 1,
                "refunds": (Refund("R", gbp(10), 1, NOW),),
            },
            gbp(9),
        ),
    ],
)
def test_net_counts_a_cancelled_unit_once(more: dict[str, object], net: Money | None) -> None:
    line = _known(OwnerKind.OWN, **more).line
    assert line is not None
    assert net_of(line) == net


def test_the_timeline_is_empty_before_the_marketplaces_word() -> None:
    assert timeline(replace(SALE, stock=_stock(1))) == []


def test_a_sale_is_found_by_words_and_numbers() -> None:
    assert {"jumper", "o"} <= terms_of(_known(OwnerKind.OWN))


@given(st.text(max_size=20), st.sampled_from(["=", "+", "-", "@", "\t", "\r", " =", "\n"]))
def test_no_cell_starts_a_formula(text: str, start: str) -> None:
    assert safe(start + text).startswith("'")


def test_plain_text_is_left_alone() -> None:
    assert safe("Red jumper") == "Red jumper"
    assert safe(None) == ""
