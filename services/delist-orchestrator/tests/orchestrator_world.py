"""A history of many events, made as inventory, connectors and people would act, to be told again in other orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID

from delist_orchestrator.domain import (
    Command,
    Demand,
    Group,
    Mode,
    Pause,
    Platform,
    Policy,
    Result,
    Rules,
    Scope,
    Step,
)
from orchestrator_history import ACCOUNTS, NOW, TENANT, TIMING, Article, Books

EVENTS, SEED = 200, 5
POLICIES = {
    (TENANT, Platform.EBAY): Policy(Mode.ASK),
    (TENANT, Platform.DEPOP): Policy(Mode.GRACE, timedelta(minutes=2)),
}
PAUSE = Pause(
    UUID(int=77),
    Scope.ACCOUNT,
    "me",
    NOW,
    "Counting.",
    tenant_id=TENANT,
    account_id=ACCOUNTS[Platform.SHOPIFY],
)
Fact = Demand | Result
Deed = Callable[[Books], None]


@dataclass
class History:
    """Events in the order they happened, in parts; after each part people do what they do having seen it."""

    parts: list[list[Fact]] = field(default_factory=list)
    deeds: list[list[Deed]] = field(default_factory=list)

    def play(self, order: Callable[[list[Fact]], Sequence[Fact]], batch: Callable[[], int]) -> list[Seen]:
        """Each part in an order, in batches of some size, then the deeds; what is seen before and after those."""
        books, all_seen = Books(rules=Rules(TIMING, POLICIES, ())), []
        for part, deeds in zip(self.parts, self.deeds, strict=True):
            facts = list(order(part))
            while facts:
                size = batch()
                books.hear(*facts[:size])
                facts = facts[size:]
            all_seen.append(seen(books))
            for deed in deeds:
                deed(books)
            all_seen.append(seen(books))
        return all_seen

    def expected(self) -> list[Seen]:
        """What is seen as it happened."""
        return self.play(lambda part: part, lambda: 1)


class World:
    """Inventory, connectors and people as they would act on what the orchestrator says."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.articles = [Article(n) for n in range(8)]
        self.by_listing = {a.listing(p): (a, p) for a in self.articles for p in Platform}
        self.books = Books(rules=Rules(TIMING, POLICIES, ()))
        self.history = History([[]], [[]])
        self.left = dict.fromkeys(range(8), 2)
        self.sales = 0
        self.answered = 0

    def hear(self, fact: Fact) -> None:
        self.books.hear(fact)
        self.history.parts[-1].append(fact)

    def do(self, deed: Deed) -> None:
        deed(self.books)
        self.history.deeds[-1].append(deed)

    def happens(self) -> None:
        """A sale, a release, a count, or a connector's word on a target it was sent."""
        unanswered = self.books.sent[self.answered :]
        if unanswered and self.random.random() < 0.6:
            self.answered += 1
            self.hear(self._answer(unanswered[0]))
        else:
            self.hear(self._asks(self.random.choice(self.articles)))

    def _asks(self, article: Article) -> Demand:
        kind = self.random.random()
        if kind < 0.3 and self.sales:
            sale = self.random.randint(1, self.sales)
            return article.released(sale, self._free(article, self.random.randint(1, 2)))
        if kind < 0.35:
            return article.released(None, self._free(article, self.random.randint(1, 3)))
        self.sales += 1
        on, left = (
            self.random.choice(list(Platform)),
            min(self.left[article.number], self.random.choice([0, 0, 1])),
        )
        if self.random.random() < 0.15:
            return article.sold(self.sales, left, on, history=True)
        return article.sold(self.sales, self._free(article, left), on)

    def _free(self, article: Article, quantity: int) -> int:
        """So many are free now; a sale never leaves more than were (design.md, rule 4)."""
        self.left[article.number] = quantity
        return quantity

    def _answer(self, sent: Step) -> Result:
        article, platform = self.by_listing[sent.listing_id]
        if self.random.random() < 0.3:
            return article.failed(platform, sent.version, can_retry=self.random.random() < 0.7)
        return article.reached(platform, sent.version, after=float(len(self.books.sent)))

    def people(self) -> None:
        """Commands on what is to be seen, a pause or its end, time that passes; then the next part begins."""
        newest = sorted(self.books.newest().items())
        for command in Command:
            _, step = self.random.choice(newest)
            self.do(Told(command, step))
        pauses = (PAUSE,) if len(self.history.parts) % 2 else ()
        self.do(lambda books: books.pause(*pauses))
        minutes = self.random.choice([0, 1, 5])
        self.do(lambda books: books.sweep(timedelta(minutes=minutes)))
        self.history.parts.append([])
        self.history.deeds.append([])


@dataclass(frozen=True)
class Told:
    """A person's command on one step."""

    command: Command
    step: Step

    def __call__(self, books: Books) -> None:
        books.command(self.command, self.step.key)


def history(seed: int = SEED, part: int = 50) -> History:
    """So many events; deeds after each part."""
    world = World(Random(seed))
    for n in range(1, EVENTS + 1):
        world.happens()
        if not n % part:
            world.people()
    return world.history


@dataclass(frozen=True)
class Seen:
    """What a seller sees: each listing's newest step, and where each sale's delist is."""

    steps: dict[UUID, Step]
    groups: dict[UUID, Group]

    def beside(self, other: Seen) -> Iterator[tuple[object, object]]:
        """Where the two are not the same."""
        for mine, theirs in ((self.steps, other.steps), (self.groups, other.groups)):
            for key in mine.keys() | theirs.keys():
                if mine.get(key) != theirs.get(key):
                    yield mine.get(key), theirs.get(key)


def seen(books: Books) -> Seen:
    """Everything of the newest steps, times and reasons included."""
    return Seen(books.newest(), books.groups())


def shuffled(random: Random) -> Callable[[list[Fact]], list[Fact]]:
    """Another order each time."""
    return lambda part: random.sample(part, len(part))
