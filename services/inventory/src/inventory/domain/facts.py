"""What a decision leaves behind: facts to say, journal rows, questions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from inventory.domain.listings import Drop, Target
from inventory.domain.owners import Cost, Owner
from inventory.domain.sales import SaleLine
from inventory.domain.words import Cause, Entry, Happened, Outcome, QuestionKind


@dataclass(frozen=True, slots=True)
class Sold:
    """A sale met its article, or holds another amount of it than before."""

    line: SaleLine
    outcome: Outcome
    units_sold: int
    units_held: int
    remaining: int
    targets: tuple[Target, ...]
    explains: tuple[Drop, ...] = ()
    """Drops that the order was behind."""
    owner: Owner | None = None
    """Whose it was at the sale; None: as the article says."""
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """Stock or targets changed otherwise than by a sale."""

    cause: Cause
    free: int
    sale_id: UUID | None
    targets: tuple[Target, ...]
    drop: Drop | None = None
    """What an observation took off."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One sale on a contended article."""

    sale_id: UUID
    units_sold: int
    units_held: int


MOST_CONTENDERS = 1_000
"""Of one fact: ten thousand unsent sales of one article are more than an event may hold."""


@dataclass(frozen=True, slots=True)
class Oversold:
    """More was sold than there was."""

    contenders: tuple[Contender, ...]
    reason: str

    def parts(self) -> list[Oversold]:
        """The same in as many facts as it needs, each contender in one of them."""
        starts = range(0, len(self.contenders), MOST_CONTENDERS)
        return [replace(self, contenders=self.contenders[n : n + MOST_CONTENDERS]) for n in starts]


Fact = Sold | Changed | Oversold
"""What is said of an article."""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One change of the free stock and why."""

    entry: Entry
    units: int
    sale_id: UUID | None = None
    listing_id: UUID | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class LogRow:
    """What happened to one listing, for the one who asks why an article is as it is."""

    what: Happened
    listing_id: UUID
    version: int | None = None
    quantity: int | None = None
    sale_id: UUID | None = None
    note: str | None = None
    at: datetime | None = None
    """None: the time of the transaction."""


@dataclass(frozen=True, slots=True)
class Question:
    """What inventory asks a person. `subject` is the listing or sale it is about; one open one per kind and subject."""

    kind: QuestionKind
    subject: UUID
    units: int
    """What the marketplace shows, or the units whose return is unknown."""
    free: int


@dataclass(slots=True)
class Changes:
    """All that happened to one article in one transaction, in order."""

    facts: list[Fact] = field(default_factory=list)
    journal: list[JournalRow] = field(default_factory=list)
    questions: dict[tuple[QuestionKind, UUID], Question | None] = field(default_factory=dict)
    """None: what was asked has answered itself."""
    holds: set[UUID] = field(default_factory=set)
    log: list[LogRow] = field(default_factory=list)
    """What happened to listings beside the targets that `facts` name."""
    stock: bool = False
    """The article's own row has to be saved."""
    oversold: Oversold | None = None
    """The contention as it stands in the end: said once, however many sales came in together."""
    drained: int = 0
    """How many facts were handed out already."""

    def take_facts(self) -> list[Fact]:
        """The facts since the last call, for the event that caused them."""
        fresh = self.facts[self.drained :]
        self.drained = len(self.facts)
        return fresh
