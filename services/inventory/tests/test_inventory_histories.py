"""Random histories: the stock always adds up, and the end does not depend on how the events came in."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from inventory.domain import (
    Answer,
    Article,
    Listing,
    Observation,
    Owner,
    QuestionKind,
    Restock,
    SaleLine,
)
from inventory_articles import T0, TENANT, assert_adds_up, line, master_shows, seen
from testkit.orders import orders

MASTER, OTHER = UUID(int=100), UUID(int=101)
LISTINGS = st.sampled_from([MASTER, OTHER])


def open_article(quantity: int) -> Article:
    made = Article.make(UUID(int=2), TENANT, T0, sku="A-1", title="Jacket", owner=Owner())
    for listing_id in (MASTER, OTHER):
        made.adopt(Listing(listing_id, TENANT, UUID(int=50), "ebay"), T0)
    made.open(quantity, T0)
    return made


class Inventory(RuleBasedStateMachine):
    """One article through sales, later states, duplicates, removals, counts and observations."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[SaleLine] = []
        self.moment = T0

    @initialize(quantity=st.integers(0, 4))
    def open(self, quantity: int) -> None:
        self.article = open_article(quantity)

    def now(self) -> datetime:
        self.moment += timedelta(minutes=1)
        return self.moment

    def say(self, said: SaleLine) -> None:
        self.said.append(said)
        self.article.sell(said)

    @rule(listing=LISTINGS, quantity=st.integers(1, 3), paid=st.booleans(), ago=st.integers(0, 90))
    def sell(self, listing: UUID, quantity: int, paid: bool, ago: int) -> None:
        sold_at = self.now() - timedelta(minutes=ago)
        number = len(self.said) + 1
        self.say(line(number, listing_id=listing, quantity=quantity, paid=paid, sold_at=sold_at))

    @precondition(lambda self: self.said)
    @rule(
        data=st.data(),
        restock=st.sampled_from(Restock),
        paid=st.booleans(),
        shipped=st.booleans(),
        given_back=st.integers(0, 3),
    )
    def change(
        self, data: st.DataObject, restock: Restock, paid: bool, shipped: bool, given_back: int
    ) -> None:
        old = data.draw(st.sampled_from(self.said))
        known = self.article.holds[old.sale_id].line
        cancelled = data.draw(st.integers(known.cancelled, known.quantity))
        cancelled_at = self.now() if cancelled else None
        new = replace(known, revision=known.revision + 1, restock=restock, paid=paid, shipped=shipped)
        new = replace(new, given_back=given_back, given_back_at=self.moment if given_back else None)
        self.say(replace(new, cancelled=cancelled, cancelled_at=cancelled_at))

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        before = (self.article.free, self.article.short, len(self.article.changes.facts))
        self.article.sell(data.draw(st.sampled_from(self.said)))
        assert (self.article.free, self.article.short, len(self.article.changes.facts)) == before

    @precondition(lambda self: self.said)
    @rule(data=st.data(), removed=st.booleans())
    def remove(self, data: st.DataObject, removed: bool) -> None:
        self.article.remove(data.draw(st.sampled_from(self.said)).sale_id, removed)

    @precondition(lambda self: self.said)
    @rule(data=st.data(), answer=st.sampled_from([Answer.RESTOCK, Answer.DONT_RESTOCK]))
    def answer(self, data: st.DataObject, answer: Answer) -> None:
        sale_id = data.draw(st.sampled_from(self.said)).sale_id
        question = self.article.changes.questions.get((QuestionKind.REFUNDED, sale_id))
        awaiting = self.article.holds[sale_id].awaiting_refund
        assert awaiting == (question.units if question else 0)
        if question is not None:
            self.article.answer(question, answer, self.now())
            assert self.article.holds[sale_id].awaiting_refund == 0

    @rule(quantity=st.integers(0, 4))
    def count(self, quantity: int) -> None:
        self.article.count(quantity, self.now())

    @rule(listing=LISTINGS, quantity=st.integers(0, 4))
    def observe(self, listing: UUID, quantity: int) -> None:
        shown = self.article.linked.by_id[listing]
        one = replace(seen(shown, quantity), stock_master=listing == MASTER, observed_at=self.now())
        shown.see(one)
        self.article.observe(shown, one, self.moment)

    @invariant()
    def stock_adds_up(self) -> None:
        if hasattr(self, "article"):
            assert_adds_up(self.article)

    @invariant()
    def versions_only_rise_and_targets_are_the_free_stock(self) -> None:
        if not hasattr(self, "article"):
            return
        for shown in self.article.linked:
            assert shown.target_version <= shown.version
        last: dict[UUID, int] = {}
        for fact in self.article.changes.facts:
            for target in getattr(fact, "targets", ()):
                assert target.version > last.get(target.listing_id, 0)
                last[target.listing_id] = target.version


TestInventory = Inventory.TestCase
TestInventory.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)


def end_of(made: Article) -> object:
    sales = sorted((i, h.held, h.outcome, h.covered, h.line.revision) for i, h in made.holds.items())
    return (made.free, made.held, made.short, sales)


def history(seed: int, events: int) -> list[SaleLine]:
    """Sales with later states: paid, shipped, partly or wholly cancelled, some older than the account."""
    dice = random.Random(seed)
    said: list[SaleLine] = []
    newest: dict[UUID, SaleLine] = {}
    while len(said) < events:
        if newest and dice.random() < 0.6:
            old = newest[dice.choice(list(newest))]
            cancelled = dice.randint(old.cancelled, old.quantity)
            new = replace(
                old,
                revision=old.revision + 1,
                paid=old.paid or dice.random() < 0.5,
                shipped=old.shipped or dice.random() < 0.3,
                cancelled=cancelled,
                cancelled_at=T0 + timedelta(minutes=dice.randint(0, 500)) if cancelled else None,
                given_back=dice.choice([0, 0, 0, 1, 2]),
                given_back_at=T0 + timedelta(minutes=dice.randint(0, 500)),
                restock=dice.choice(list(Restock)),
            )
        else:
            new = line(
                len(said) + 1,
                quantity=dice.randint(1, 3),
                paid=dice.random() < 0.5,
                listing_id=dice.choice([MASTER, OTHER]),
                sold_at=T0 + timedelta(minutes=dice.randint(-60, 300)),
                account_connected_at=T0 - timedelta(minutes=dice.choice([30, 600])),
            )
        newest[new.sale_id] = new
        said.append(new)
    return said


@given(seed=st.integers(0, 2**32), quantity=st.integers(0, 12), observed=st.booleans())
@settings(max_examples=60, deadline=None)
def test_shuffled_and_repeated_events_end_the_same(seed: int, quantity: int, observed: bool) -> None:
    said = history(seed, 40)
    ends = set()
    for turn in range(8):
        made = open_article(quantity)
        if observed:
            made.linked.by_id[MASTER].anchored_at = T0 + timedelta(minutes=100)
        dice = random.Random(turn)
        order = [*said, *dice.sample(said, 10)]
        if turn:
            dice.shuffle(order)
        for one in order:
            made.sell(one)
        assert_adds_up(made)
        ends.add(repr(end_of(made)))
    assert len(ends) == 1


@settings(max_examples=400, deadline=None)
@given(
    seed=st.integers(0, 2**32), lag=st.sampled_from([0.3, 1.0, 1.5]), rises=st.booleans(), tills=st.booleans()
)
def test_what_a_master_shows_and_its_orders_tell_later_is_counted_once(
    seed: int, lag: float, rises: bool, tills: bool
) -> None:
    """Sales, restocks and a till's sales; what is free in the end is what the master shows, however late orders are read."""
    dice = random.Random(seed)
    made = Article.make(UUID(int=2), TENANT, T0, sku="A-1", title="Jacket", owner=Owner())
    made.adopt(Listing(MASTER, TENANT, UUID(int=50), "ebay"), T0)
    left, at, events = 20, 10.0, [(0.0, 20, None)]
    for number in range(8):
        at += dice.choice([0.4, 1.0, 5.0, 30.0])
        kind = dice.random()
        if rises and kind < 0.15:
            left += dice.randint(1, 3)
        elif tills and kind < 0.3:
            left -= 1
        else:
            units = dice.choice([1, 1, 1, 2])
            left -= units
            sold = line(number, listing_id=MASTER, quantity=units, sold_at=T0 + timedelta(seconds=at))
            events.append((at + dice.choice([0.1, 0.5, 3.0, 60.0, 400.0]), None, sold))
        events.append((at + lag, left, None))
    for seconds, shown, said in sorted(events, key=lambda event: event[0]):
        if said is not None:
            made.sell(said)
        else:
            master_shows(made, shown, T0 + timedelta(seconds=seconds))
    assert_adds_up(made)
    assert made.free <= left, "one too many would be sold twice"
    assert made.free == left or lag > 0.4


@dataclass(frozen=True)
class Removed:
    """The ledger's word that a sale was wrong, or that it was not."""

    sale_id: UUID
    revision: int
    removed: bool


@dataclass(frozen=True)
class Told:
    """What comes over the bus of one article."""

    article: int
    fact: SaleLine | Removed | Observation


@dataclass
class House:
    """Articles as one seller's inventory has them, told of everything in some order."""

    articles: list[Article]
    removals: dict[UUID, Removed] = field(default_factory=dict)

    def hear(self, told: Told) -> None:
        """As the use cases do it: a removal is noted for a sale that has yet to come in."""
        made, fact = self.articles[told.article], told.fact
        if isinstance(fact, Observation):
            shown = made.linked.by_id[fact.listing_id]
            if shown.see(fact):
                made.observe(shown, fact, T0)
        elif isinstance(fact, SaleLine):
            noted = self.removals.get(fact.sale_id)
            made.sell(fact, removed=noted is not None and noted.removed)
        elif fact.revision > (noted.revision if (noted := self.removals.get(fact.sale_id)) else 0):
            self.removals[fact.sale_id] = fact
            if fact.sale_id in made.holds:
                made.remove(fact.sale_id, fact.removed)

    def end(self) -> str:
        """Everything that counts: the stock, what sales hold, what listings show and should show."""
        shown = [
            (one.observed_revision, one.observed_quantity, one.target_quantity)
            for made in self.articles
            for one in made.linked
        ]
        return repr(([end_of(made) for made in self.articles], shown))


def told_of(number: int, seed: int, events: int) -> list[Told]:
    """One article's sales in all their states, some removed and some put back, and what another account's listing shows."""
    dice = random.Random(seed)
    lines = [replace(one, sale_id=uuid5(one.sale_id, str(number))) for one in history(seed, events * 7 // 10)]
    said: list[SaleLine | Removed | Observation] = [*lines]
    for sale_id in dice.sample(sorted({one.sale_id for one in lines}), 3):
        said += [Removed(sale_id, 2 + turn, turn % 2 == 0) for turn in range(dice.randint(1, 3))]
    other = open_article(0).linked.by_id[OTHER]
    said += [
        replace(seen(other, dice.randint(0, 6)), revision=turn + 1, settled_version=9999)
        for turn in range(events - len(said))
    ]
    return [Told(number, fact) for fact in said]


ARTICLES, EVENTS = 4, 200


def test_all_orders_of_two_hundred_events_end_the_same() -> None:
    """Openings and people's counts stay in their places; whatever comes over the bus between them comes in any order."""
    parts: list[list[Told]] = [[], [], []]
    for number in range(ARTICLES):
        told = told_of(number, 7 + number, EVENTS // ARTICLES)
        for place, one in enumerate(told):
            parts[place * 3 // len(told)].append(one)
    assert sum(map(len, parts)) == EVENTS
    ends = set()
    for turn in range(orders()):
        house = House([open_article(4 + 3 * number) for number in range(ARTICLES)])
        dice = random.Random(turn)
        for place, part in enumerate(parts):
            for one in dice.sample(part, len(part)):
                house.hear(one)
            if place < 2:
                for number, made in enumerate(house.articles):
                    made.count(number * 2 + place, T0)
        for made in house.articles:
            assert_adds_up(made)
        ends.add(house.end())
    assert len(ends) == 1
