"""Random histories over articles that are merged, split and unlinked: each adds up, and no word on a sale falls behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from inventory.domain import (
    Answer,
    Article,
    Changed,
    Entry,
    Listing,
    Owner,
    QuestionKind,
    Restock,
    SaleLine,
    Sold,
    merge,
    split,
)
from inventory_articles import T0, TENANT, assert_adds_up, line, seen

LISTINGS = [UUID(int=100 + number) for number in range(4)]
MASTER = LISTINGS[0]
listing_ids = st.sampled_from(LISTINGS)


def made_article(number: int) -> Article:
    return Article.make(UUID(int=number), TENANT, T0, sku=f"A-{number}", title="Jacket", owner=Owner())


class Articles(RuleBasedStateMachine):
    """Two articles of two listings each, and what becomes of them; sales go where a service would put them."""

    def __init__(self) -> None:
        super().__init__()
        self.articles: dict[UUID, Article] = {}
        self.alone: dict[UUID, Listing] = {}
        self.unmatched: dict[UUID, SaleLine] = {}
        self.left: dict[UUID, int] = {}
        self.said: list[SaleLine] = []
        self.newest: dict[UUID, SaleLine] = {}
        self.words: dict[UUID, int] = {}
        self.versions: dict[UUID, int] = {}
        self.moment = T0

    @initialize(first=st.none() | st.integers(0, 3), second=st.none() | st.integers(0, 3))
    def open(self, first: int | None, second: int | None) -> None:
        for number, quantity in enumerate((first, second)):
            made = made_article(number + 1)
            for listing_id in LISTINGS[2 * number : 2 * number + 2]:
                made.adopt(Listing(listing_id, TENANT, UUID(int=50 + number), "ebay"), T0)
            if quantity is not None:
                made.open(quantity, T0)
            self.articles[made.id] = made

    def now(self) -> datetime:
        self.moment += timedelta(minutes=1)
        return self.moment

    def showing(self, listing_id: UUID) -> Article | None:
        return next((one for one in self.articles.values() if listing_id in one.linked.by_id), None)

    def holding(self, sale_id: UUID) -> Article | None:
        return next((one for one in self.articles.values() if sale_id in one.holds), None)

    @property
    def standing(self) -> list[Article]:
        return [one for one in self.articles.values() if one.merged_into is None]

    def say(self, made: Article) -> None:
        """As `usecases.common.Voice` does: each fact has the article's next revision."""
        for fact in made.changes.take_facts():
            made.next_revision()
            if isinstance(fact, Sold):
                sale_id = fact.line.sale_id
                assert made.revision > self.words.get(sale_id, 0), (
                    "a later word would be taken for an older one"
                )
                self.words[sale_id] = made.revision
            if isinstance(fact, Sold | Changed):
                for target in fact.targets:
                    assert target.version > self.versions.get(target.listing_id, 0)
                    self.versions[target.listing_id] = target.version

    def place(self, said: SaleLine) -> None:
        self.said.append(said)
        known = self.newest.get(said.sale_id)
        if known is None or known.revision < said.revision:
            self.newest[said.sale_id] = said
        home = self.holding(said.sale_id)
        article = home or self.showing(said.listing_id or UUID(int=0))
        if article is None:
            self.unmatched[said.sale_id] = self.newest[said.sale_id]
            return
        article.sell(said if home else self.newest[said.sale_id], after=self.left.get(said.sale_id, 0))
        self.unmatched.pop(said.sale_id, None)
        self.say(article)

    @rule(listing=listing_ids, quantity=st.integers(1, 3), paid=st.booleans(), ago=st.integers(0, 90))
    def sell(self, listing: UUID, quantity: int, paid: bool, ago: int) -> None:
        sold_at = self.now() - timedelta(minutes=ago)
        number = len(self.said) + 1
        self.place(line(number, listing_id=listing, quantity=quantity, paid=paid, sold_at=sold_at))

    @precondition(lambda self: self.said)
    @rule(
        data=st.data(),
        restock=st.sampled_from(Restock),
        shipped=st.booleans(),
        cancelled=st.integers(0, 3),
        given_back=st.integers(0, 2),
    )
    def change(
        self, data: st.DataObject, restock: Restock, shipped: bool, cancelled: int, given_back: int
    ) -> None:
        known = self.newest[data.draw(st.sampled_from(self.said)).sale_id]
        cancelled = max(known.cancelled, min(cancelled, known.quantity))
        new = replace(
            known, revision=known.revision + 1, restock=restock, shipped=shipped, cancelled=cancelled
        )
        at = self.now()
        new = replace(new, cancelled_at=at if cancelled else None)
        self.place(replace(new, given_back=given_back, given_back_at=at if given_back else None))

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """A late event of a sale, which may have moved since."""
        old = data.draw(st.sampled_from(self.said))
        before = [(one.id, one.free, one.held, one.short) for one in self.articles.values()]
        self.place(old)
        assert [(one.id, one.free, one.held, one.short) for one in self.articles.values()] == before

    @rule(data=st.data(), quantity=st.integers(0, 3))
    def count(self, data: st.DataObject, quantity: int) -> None:
        article = data.draw(st.sampled_from(self.standing))
        article.count(quantity, self.now())
        self.say(article)

    @rule(listing=listing_ids, quantity=st.integers(0, 3))
    def observe(self, listing: UUID, quantity: int) -> None:
        article = self.showing(listing)
        if article is None:
            return
        shown = article.linked.by_id[listing]
        one = replace(seen(shown, quantity), stock_master=listing == MASTER, observed_at=self.now())
        shown.see(one)
        article.observe(shown, one, self.moment)
        self.say(article)

    @precondition(lambda self: self.said)
    @rule(data=st.data(), removed=st.booleans())
    def remove(self, data: st.DataObject, removed: bool) -> None:
        sale_id = data.draw(st.sampled_from(self.said)).sale_id
        article = self.holding(sale_id)
        if article is not None:
            article.remove(sale_id, removed)
            self.say(article)

    @precondition(lambda self: self.said)
    @rule(data=st.data(), answer=st.sampled_from([Answer.RESTOCK, Answer.DONT_RESTOCK]))
    def answer(self, data: st.DataObject, answer: Answer) -> None:
        sale_id = data.draw(st.sampled_from(self.said)).sale_id
        article = self.holding(sale_id)
        asked = article.changes.questions if article is not None else {}
        question = asked.get((QuestionKind.REFUNDED, sale_id))
        if article is not None and question is not None:
            article.answer(question, answer, self.now())
            self.say(article)

    @rule(data=st.data(), quantity=st.integers(0, 3))
    def merge(self, data: st.DataObject, quantity: int) -> None:
        if len(self.standing) < 2:
            return
        article, other = data.draw(st.permutations(self.standing))[:2]
        supply, counts = _supply(article) + _supply(other), _counts(article)
        merge(article, other, quantity, self.now())
        article.changes.questions |= other.changes.questions
        self.say(other)
        self.say(article)
        assert (other.free, other.held, other.short, other.holds, other.linked.by_id) == (0, 0, 0, {}, {})
        assert other.merged_into == article.id
        assert _supply(other) == 0
        assert _supply(article) == supply + _counts(article) - counts, (
            "units neither appear nor go, but by the count"
        )

    @rule(data=st.data(), units=st.integers(0, 3))
    def split(self, data: st.DataObject, units: int) -> None:
        article = data.draw(st.sampled_from(self.standing))
        listings = sorted(article.linked.by_id)
        if not listings or len(self.articles) > 5:
            return
        chosen = data.draw(st.sets(st.sampled_from(listings), min_size=1))
        units = min(units, article.free)
        made = made_article(len(self.articles) + 1)
        self.articles[made.id] = made
        free, supply, short = article.free, _supply(article), article.short
        split(article, made, chosen, units)
        made.changes.questions |= article.changes.questions
        self.say(article)
        self.say(made)
        assert (article.free, made.free) == (free - units, units) or short
        assert _supply(article) + _supply(made) == supply
        assert {hold.line.listing_id for hold in made.holds.values()} <= chosen

    @rule(listing=listing_ids, with_sales=st.booleans(), counted=st.booleans())
    def unlink(self, listing: UUID, with_sales: bool, counted: bool) -> None:
        article = self.showing(listing)
        if article is None:
            return
        free, short = article.free, article.short
        sales = [i for i, hold in article.holds.items() if hold.line.listing_id == listing and with_sales]
        self.alone[listing] = article.unlink(listing)
        gone = article.dismiss(sales, sales if counted else ()) if sales else []
        self.say(article)
        for hold in gone:
            self.unmatched[hold.line.sale_id] = self.newest[hold.line.sale_id]
            self.left[hold.line.sale_id] = article.revision
        if counted and not short:
            assert article.free == free, "a count stands"

    @rule(listing=listing_ids, data=st.data())
    def link(self, listing: UUID, data: st.DataObject) -> None:
        if listing not in self.alone:
            return
        article = data.draw(st.sampled_from(self.standing))
        article.link(self.alone.pop(listing), self.now(), by_person=True)
        self.say(article)
        for sale_id, said in list(self.unmatched.items()):
            if said.listing_id == listing:
                self.place(said)
                assert sale_id not in self.unmatched

    @invariant()
    def every_article_adds_up(self) -> None:
        for article in self.articles.values():
            assert_adds_up(article)

    @invariant()
    def every_sale_is_in_one_place(self) -> None:
        for sale_id in self.newest:
            homes = sum(sale_id in one.holds for one in self.articles.values())
            assert homes + (sale_id in self.unmatched) == 1


def _supply(article: Article) -> int:
    return sum(r.units for r in article.changes.journal if r.entry not in (Entry.HELD, Entry.RELEASED))


def _counts(article: Article) -> int:
    return sum(row.units for row in article.changes.journal if row.entry in (Entry.EDITED, Entry.OPENED))


TestArticles = Articles.TestCase
TestArticles.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)


@given(order=st.permutations([0, 1, 2]))
@settings(max_examples=6, deadline=None)
def test_a_refund_asks_the_same_in_whatever_order_its_events_come_in(order: list[int]) -> None:
    sold = line(1, quantity=3)
    states = [
        sold,
        replace(sold, revision=2, given_back=1, given_back_at=T0),
        replace(sold, revision=3, given_back=2, given_back_at=T0, shipped=True),
    ]
    made = made_article(1)
    made.adopt(Listing(MASTER, TENANT, UUID(int=50), "ebay"), T0)
    made.open(5, T0)
    for number in order:
        made.sell(states[number])
    question = made.changes.questions[QuestionKind.REFUNDED, sold.sale_id]
    assert question is not None
    assert (question.units, made.free, made.held) == (2, 2, 3)
