"""Histories without a database: what inventory and connectors say of a few articles, and boards as the store loads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from delist_orchestrator.domain import (
    Board,
    Cause,
    Command,
    Demand,
    Group,
    IllegalMoveError,
    Key,
    Pause,
    Platform,
    Result,
    Rules,
    Step,
    Timing,
    Wanted,
    act,
    group_of,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TENANT = UUID(int=1)
TIMING = Timing(
    deadlines={p: timedelta(minutes=15 if p is Platform.DEPOP else 1) for p in Platform},
    retry_first=timedelta(seconds=30),
    retry_longest=timedelta(hours=1),
    retry_attempts=4,
)
AT_ONCE = Rules(TIMING, {}, ())
ACCOUNTS = {platform: UUID(int=10 + n) for n, platform in enumerate(Platform)}


@dataclass
class Article:
    """One article for sale on each platform; inventory's versions of its listings rise."""

    number: int
    versions: dict[Platform, int] = field(default_factory=lambda: dict.fromkeys(Platform, 0))

    @property
    def id(self) -> UUID:
        return UUID(int=1000 + self.number)

    def listing(self, platform: Platform) -> UUID:
        return UUID(int=10_000 + 10 * self.number + list(Platform).index(platform))

    def key(self, platform: Platform, version: int) -> Key:
        return self.listing(platform), version

    def _wanted(
        self, quantity: int, platforms: Iterable[Platform], *, may_raise: bool, sold_on: Platform | None
    ) -> tuple[Wanted, ...]:
        wanted = []
        for platform in platforms:
            self.versions[platform] += 1
            version, sold_here = self.versions[platform], platform is sold_on
            listing, account = self.listing(platform), ACCOUNTS[platform]
            wanted.append(Wanted(listing, account, platform, version, quantity, may_raise, sold_here))
        return tuple(wanted)

    def sold(
        self, sale: int, left: int = 0, on: Platform = Platform.EBAY, *, history: bool = False
    ) -> Demand:
        """A sale on one platform leaves so many; an old one only proposes for the others."""
        platforms = [p for p in Platform if not (history and p is on)]
        wanted = self._wanted(left, platforms, may_raise=False, sold_on=on)
        sold_at = NOW + timedelta(seconds=sale)
        return Demand(
            TENANT, self.id, Cause.SALE, True, wanted, UUID(int=sale), history=history, sold_at=sold_at
        )

    def released(self, sale: int | None, quantity: int) -> Demand:
        """A sale was cancelled or removed, or a person counted: the listings may be raised."""
        wanted = self._wanted(quantity, Platform, may_raise=True, sold_on=None)
        cause = Cause.EDIT if sale is None else Cause.RELEASE
        return Demand(TENANT, self.id, cause, False, wanted, None if sale is None else UUID(int=sale))

    def reached(self, platform: Platform, version: int, after: float = 2.0) -> Result:
        """Its connector read the target back, so long after the first moment there is."""
        at = NOW + timedelta(seconds=after)
        return Result(
            TENANT,
            self.listing(platform),
            version,
            ACCOUNTS[platform],
            self.id,
            platform,
            applied_at=at,
            verified_at=at,
            called_at=at,
            read_quantity=0,
            read_buyable=False,
        )

    def failed(self, platform: Platform, version: int, *, can_retry: bool = True) -> Result:
        """Its connector gave up for now."""
        return Result(
            TENANT,
            self.listing(platform),
            version,
            ACCOUNTS[platform],
            self.id,
            platform,
            code="refused",
            reason="The marketplace refused. Try again.",
            link="https://example.com/listing",
            can_retry=can_retry,
        )


@dataclass
class Books:
    """All steps there are. A board gets of them what the store would load, and is saved as the store would."""

    now: datetime = NOW
    rules: Rules = AT_ONCE
    steps: dict[Key, Step] = field(default_factory=dict)
    early: dict[Key, Result] = field(default_factory=dict)
    sent: list[Step] = field(default_factory=list)
    versions: dict[UUID, set[int]] = field(default_factory=lambda: defaultdict(set))

    def hear(self, *facts: Demand | Result) -> None:
        """One batch of what inventory and connectors say."""
        keys = [key for fact in facts for key in keys_of(fact)]

        def tell(board: Board) -> None:
            for fact in facts:
                if isinstance(fact, Demand):
                    board.demand(fact, self.rules)
                else:
                    board.result(fact, self.rules)

        with_board(self, keys, tell)

    def command(self, what: Command, *keys: Key) -> bool:
        """A person's word on steps; False where it was refused for one of them."""
        done = [True]

        def tell(board: Board) -> None:
            for key in keys:
                try:
                    board.command(key, lambda step: act(step, what, self.rules, self.now, None))
                except (IllegalMoveError, KeyError):
                    done.append(False)

        with_board(self, keys, tell)
        return all(done)

    def sweep(self, forward: timedelta = timedelta(0)) -> None:
        """Time passes, and the sweep looks at all that it watches."""
        self.now += forward
        keys = [key for key, step in sorted(self.steps.items()) if step.is_watched]

        def look(board: Board) -> None:
            for key in keys:
                board.look(key, self.rules)

        with_board(self, keys, look)

    def pause(self, *pauses: Pause) -> None:
        """Only these pauses stand from now on."""
        self.rules = Rules(TIMING, self.rules.policies, pauses)

    def of_listing(self, listing: UUID) -> list[Step]:
        """Every version of it, the oldest first."""
        return [self.steps[listing, version] for version in sorted(self.versions[listing])]

    def newest(self) -> dict[UUID, Step]:
        """The step of each listing's highest version."""
        return {listing: self.steps[listing, max(known)] for listing, known in self.versions.items() if known}

    def groups(self) -> dict[UUID, Group]:
        """Where each sale's delist is."""
        of_sales: dict[UUID, list[Step]] = defaultdict(list)
        for step in self.steps.values():
            if step.sale_id is not None:
                of_sales[step.sale_id].append(step)
        return {sale: group_of(steps) for sale, steps in of_sales.items()}


def with_board(books: Books, keys: Iterable[Key], tell: Callable[[Board], None]) -> None:
    """Load as `store.load_board` does, tell, save as `store.save_board` and `conclude` do."""
    named: dict[UUID, int] = {}
    for listing, version in keys:
        named[listing] = min(version, named.get(listing, version))
    loaded = [
        step
        for listing, oldest in named.items()
        for step in books.of_listing(listing)
        if not step.is_ended or step.version >= min(oldest, max(books.versions[listing]))
    ]
    early = [result for result in books.early.values() if result.listing_id in named]
    board = Board.of(books.now, loaded, early)
    tell(board)
    books.steps |= board.changed
    for listing, version in board.changed:
        books.versions[listing].add(version)
    books.early |= board.kept_early
    for key in board.used_early:
        books.early.pop(key, None)
    books.sent += [step for step in board.asked if board.steps[step.key] == step]


def keys_of(fact: Demand | Result) -> list[Key]:
    """The steps a fact is about."""
    if isinstance(fact, Result):
        return [fact.key]
    return [(wanted.listing_id, wanted.version) for wanted in fact.wanted]
