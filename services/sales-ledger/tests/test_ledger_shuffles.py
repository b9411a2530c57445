"""One history of two hundred events in many orders (`make shuffles`: a thousand): the same sales, the same books."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from ledger_shop import SOLD_AT, Shop, gbp
from sales_ledger.domain import Sale, Word, confirm, due, restate, restatements, status_of
from sales_ledger.wire import word_of_delist, word_of_sale, words_of_stock
from soldwire_contracts import Event, Fact
from soldwire_contracts.sales import SaleCancelled, SaleRefunded, SaleUpdated, Shipment
from soldwire_contracts.stock import ListingSold
from soldwire_contracts.values import Outcome, OwnerKind, StepState
from testkit.orders import orders

SALES = 20
CONFIRMED = (1, 9, 13)
"""Consigned ones that a person confirms once all is said."""


def history() -> list[Fact]:
    """Ten events of each sale: its line four times, inventory's word thrice, the orchestrator's thrice."""
    shop, said = Shop(), list[Fact]()
    for number in range(SALES):
        one = shop.another(sale=uuid4(), article=uuid4(), listing=uuid4())
        owner = (OwnerKind.OWN, OwnerKind.CONSIGNED, OwnerKind.UNKNOWN, OwnerKind.OWN)[number % 4]
        shipped = Shipment(courier="Evri", tracking_number=f"H{number}", shipped_at=SOLD_AT)
        refunds = tuple(one.refund(n, "4.00") for n in range(1, 2 + number % 3))
        last = SaleCancelled if number % 5 == 0 else SaleRefunded
        more = {"cancelled_quantity": 1} if last is SaleCancelled else {"refunds": refunds}
        said += [
            one.line(),
            one.line(SaleUpdated, 2, shipments=(shipped,)),
            one.line(SaleUpdated, 3, fees=(), price=gbp("24.00")),
            one.line(last, 4, price=gbp("24.00"), **more),
            of_revision(one.sold(owner, Outcome.CONTENDED, 500), 1),
            one.oversold(held=0).model_copy(update={"revision": 2}),
            of_revision(one.sold(owner, Outcome.HELD, 900), 3),
            one.progress(1, StepState.ASKED),
            one.progress(2, StepState.FAILED),
            one.progress(3, StepState.DONE, completed=True),
        ]
    return said


def of_revision(sold: ListingSold, revision: int) -> ListingSold:
    return sold.model_copy(update={"revision": revision})


def words_of(fact: Fact) -> list[Word]:
    """As the handlers make them."""
    event: Event[Fact] = Event(
        id=uuid4(), source="/test", type=fact.type, time=datetime.now(UTC), subject=fact.key(), data=fact
    )
    if fact.topic.startswith("sale."):
        return [word_of_sale(event)]  # type: ignore[arg-type]
    if fact.topic.startswith("delist."):
        return [word_of_delist(event)]  # type: ignore[arg-type]
    return words_of_stock(event)  # type: ignore[arg-type]


def end_of(words: list[Word], confirmed: list[UUID]) -> dict[UUID, object]:
    """The sales after these words in this order, then a person's confirmations; each step is booked by the difference."""
    sales: dict[UUID, Sale] = {}
    books: dict[UUID, dict[str, dict[tuple[str, str], object]]] = {}
    for word in words:
        before = sales.get(word.sale_id) or Sale(word.tenant_id, word.sale_id)
        sales[word.sale_id] = word.apply(before)
        book(books.setdefault(word.sale_id, {}), sales[word.sale_id])
    for sale_id in confirmed:
        sales[sale_id] = confirm(sales[sale_id], SOLD_AT + timedelta(days=1))
    for sale_id, sale in sales.items():
        wanted = {kind: dict(sums) for kind, sums in due(sale).items() if sums}
        assert {kind: sums for kind, sums in books[sale_id].items() if sums} == wanted
    return {
        sale_id: (
            status_of(sale),
            sale.contention,
            sale.is_delisted,
            sale.completed_at,
            sale.restated,
            restatements(sale),
            replace(sale, revision=0),
        )
        for sale_id, sale in sales.items()
    }


def book(posted: dict[str, dict[tuple[str, str], object]], sale: Sale) -> None:
    """What the store does: add the postings up."""
    for posting in restate(sale, posted, "r"):  # type: ignore[arg-type]
        assert sum(entry.amount.amount for entry in posting.entries) == 0
        sums = posted.setdefault(posting.kind, {})
        for entry in posting.entries:
            key = (entry.account, entry.amount.currency)
            sums[key] = sums.get(key, 0) + entry.amount.amount  # type: ignore[operator]
            if not sums[key]:
                del sums[key]


def test_all_orders_of_one_history_end_the_same() -> None:
    facts = history()
    assert len(facts) == 200
    words = [word for fact in facts for word in words_of(fact)]
    mine = {fact.sale_id for fact in facts if hasattr(fact, "sale_id")}
    words = [word for word in words if word.sale_id in mine]
    by_number = list(dict.fromkeys(word.sale_id for word in words))
    confirmed = [by_number[number] for number in CONFIRMED]
    expected = end_of(words, confirmed)
    draw = random.Random(200)
    for _ in range(orders()):
        shuffled = draw.sample(words, len(words))
        assert end_of(shuffled, confirmed) == expected
