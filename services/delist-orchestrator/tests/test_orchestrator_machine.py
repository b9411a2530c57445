"""Random histories, legal and illegal: whatever inventory, connectors, people and time do, the rules hold."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from delist_orchestrator.domain import (
    OPEN,
    TRANSITIONS,
    Command,
    Demand,
    Group,
    Key,
    Mode,
    Move,
    Pause,
    Platform,
    Policy,
    Rules,
    Scope,
    Step,
    StepState,
)
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from orchestrator_history import ACCOUNTS, NOW, TENANT, TIMING, Article, Books

pytestmark = pytest.mark.long

ASKED = frozenset({StepState.ASKED, StepState.WAITING_FOR_BROWSER})
PLATFORMS = st.sampled_from(Platform)
ARTICLES = st.integers(0, 1)
VERSIONS = st.integers(1, 8)
PAUSES = (
    Pause(UUID(int=71), Scope.TENANT, "me", NOW, "One.", tenant_id=TENANT),
    Pause(UUID(int=72), Scope.PLATFORM, "ops", NOW, "Two.", platform=Platform.EBAY),
    Pause(UUID(int=73), Scope.ACCOUNT, "me", NOW, "Three.", TENANT, None, ACCOUNTS[Platform.SHOPIFY]),
    Pause(UUID(int=74), Scope.TENANT, "brake", NOW, "Four.", TENANT, unbacked_only=True),
)


def same_but_evidence(before: Step, after: Step) -> bool:
    """Whether nothing of an ended step has changed but what a read-back says of one that is done."""
    told = ("called_at", "applied_at", "verified_at", "read_quantity", "read_buyable")
    names = [name for name in Step.__slots__ if not (after.state is StepState.DONE and name in told)]
    return all(getattr(before, name) == getattr(after, name) for name in names)


class Histories(RuleBasedStateMachine):
    """Two articles on three platforms. What is demanded may be heard late, twice and in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.articles = [Article(n) for n in range(2)]
        self.books = Books()
        self.demanded: list[Demand] = []
        self.sales = 0
        self.before: dict[Key, Step] = {}
        self.sent_before = 0
        self.approved: set[Key] = set()
        self.newest: dict[UUID, int] = {}

    @initialize(
        mode=st.sampled_from(Mode),
        platform=PLATFORMS,
        sales=st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.booleans()), min_size=2, max_size=6),
    )
    def begins(self, mode: Mode, platform: Platform, sales: list[tuple[int, bool, bool]]) -> None:
        """The seller's policy for one platform, and some sales and relists of the first article."""
        policies = {(TENANT, platform): Policy(mode, timedelta(minutes=2))}
        self.books.rules = Rules(TIMING, policies, ())
        for left, old, back in sales:
            self.releases(0, left + 1, None, True) if back else self.sells(0, left, platform, old, True)

    def _begin(self) -> None:
        self.before = dict(self.books.steps)
        self.sent_before = len(self.books.sent)
        self.approved = set()

    @rule(article=ARTICLES, left=st.integers(0, 2), on=PLATFORMS, old=st.booleans(), heard=st.booleans())
    def sells(self, article: int, left: int, on: Platform, old: bool, heard: bool) -> None:
        self._begin()
        self.sales += 1
        self._says(self.articles[article].sold(self.sales, left, on, history=old), heard)

    @rule(
        article=ARTICLES, quantity=st.integers(0, 3), sale=st.none() | st.integers(1, 5), heard=st.booleans()
    )
    def releases(self, article: int, quantity: int, sale: int | None, heard: bool) -> None:
        self._begin()
        self._says(self.articles[article].released(sale, quantity), heard)

    def _says(self, demand: Demand, heard: bool) -> None:
        self.demanded.append(demand)
        if heard:
            self.books.hear(demand)

    @precondition(lambda self: self.demanded)
    @rule(data=st.data())
    def hears_late_or_again(self, data: st.DataObject) -> None:
        self._begin()
        self.books.hear(*data.draw(st.lists(st.sampled_from(self.demanded), min_size=1, max_size=3)))

    @rule(article=ARTICLES, platform=PLATFORMS, version=VERSIONS, after=st.integers(-5, 100))
    def reaches(self, article: int, platform: Platform, version: int, after: int) -> None:
        """Any version, also one never asked or demanded."""
        self._begin()
        self.books.hear(self.articles[article].reached(platform, version, float(after)))

    @rule(article=ARTICLES, platform=PLATFORMS, version=VERSIONS, can_retry=st.booleans())
    def fails(self, article: int, platform: Platform, version: int, can_retry: bool) -> None:
        self._begin()
        self.books.hear(self.articles[article].failed(platform, version, can_retry=can_retry))

    @precondition(lambda self: self.books.sent)
    @rule(data=st.data(), fails=st.booleans())
    def answers(self, data: st.DataObject, fails: bool) -> None:
        """A target that was sent."""
        self._begin()
        step = data.draw(st.sampled_from(self.books.sent))
        article = next(a for a in self.articles if a.id == step.article_id)
        tell = article.failed if fails else article.reached
        self.books.hear(tell(step.platform, step.version))

    @rule(command=st.sampled_from(Command), article=ARTICLES, platform=PLATFORMS, version=VERSIONS)
    def commands(self, command: Command, article: int, platform: Platform, version: int) -> None:
        """Also on what is not there."""
        self._decides(command, self.articles[article].key(platform, version))

    @precondition(lambda self: self.books.steps)
    @rule(command=st.sampled_from(Command), data=st.data())
    def decides(self, command: Command, data: st.DataObject) -> None:
        """On a step there is, also where it is refused."""
        self._decides(command, data.draw(st.sampled_from(sorted(self.books.steps))))

    def _decides(self, command: Command, key: Key) -> None:
        self._begin()
        if self.books.command(command, key) and command is Command.APPROVE:
            self.approved.add(key)

    @rule(standing=st.sets(st.integers(0, len(PAUSES) - 1)))
    def pauses(self, standing: set[int]) -> None:
        self._begin()
        self.books.pause(*(PAUSES[n] for n in sorted(standing)))

    @rule(seconds=st.sampled_from([0, 20, 61, 130, 1000, 4000]))
    def time_passes(self, seconds: int) -> None:
        self._begin()
        self.books.sweep(timedelta(seconds=seconds))

    # What holds

    @invariant()
    def one_target_of_a_listing_is_under_way(self) -> None:
        for listing in self.books.versions:
            asked = [step.version for step in self.books.of_listing(listing) if step.state in ASKED]
            assert len(asked) <= 1, asked

    @invariant()
    def versions_only_rise(self) -> None:
        for listing, step in self.books.newest().items():
            assert step.version >= self.newest.get(listing, 0)
            self.newest[listing] = step.version
            sent = [one.version for one in self.books.sent if one.listing_id == listing]
            assert sent == sorted(sent), "no target is sent after a newer one of its listing"

    @invariant()
    def what_has_ended_moves_by_the_table_alone(self) -> None:
        for key, before in self.before.items():
            after = self.books.steps[key]
            if not before.is_ended or before == after:
                continue
            if after.state is before.state:
                assert same_but_evidence(before, after), (before, after)
            else:
                assert TRANSITIONS[Move.REACH][before.state] is after.state

    @invariant()
    def what_is_held_is_not_sent(self) -> None:
        for step in self.books.sent[self.sent_before :]:
            assert self.books.rules.pause_of(step) is None
            assert self.books.steps[step.key].state in ASKED
            before = self.before.get(step.key)
            if before is None:
                assert not step.history
                policy = self.books.rules.policies.get((TENANT, step.platform), Policy())
                assert policy.mode is Mode.AT_ONCE or step.sold_here or step.may_raise
            elif before.state is StepState.WAITING_FOR_APPROVAL and step.key not in self.approved:
                assert before.look_at is not None
                assert before.look_at <= self.books.now

    @invariant()
    def a_lowering_under_way_gives_way_to_no_other_that_is_held(self) -> None:
        for key, before in self.before.items():
            if not before.is_under_way or before.may_raise:
                continue
            if self.books.steps[key].state is StepState.SUPERSEDED:
                newer = [s for s in self.books.of_listing(key[0]) if s.version > key[1]]
                raised = any(s.may_raise or s.target_quantity > before.target_quantity for s in newer)
                assert raised or any(s.asked_at or s.state is StepState.DONE for s in newer)

    @invariant()
    def what_waits_is_looked_at_or_a_persons_turn(self) -> None:
        for step in self.books.steps.values():
            if step.state in ASKED and not step.overdue:
                assert step.look_at == step.deadline
            if step.state in (StepState.FAILED, StepState.WAITING_FOR_APPROVAL, StepState.PAUSED):
                assert step.reason
            assert step.follows <= (step.state is StepState.SUPERSEDED)
            assert (step.code is None) is (step.state is not StepState.FAILED)

    @invariant()
    def what_follows_has_one_under_way_to_follow(self) -> None:
        """Else its delist would never be done."""
        for step in self.books.steps.values():
            if step.follows:
                newer = [s for s in self.books.of_listing(step.listing_id) if s.version > step.version]
                assert any(s.state in OPEN and s.target_quantity <= step.target_quantity for s in newer)

    @invariant()
    def exposure_is_never_negative(self) -> None:
        for step in self.books.steps.values():
            assert step.exposure is None or step.exposure >= timedelta(0)

    @invariant()
    def a_delist_is_done_when_all_its_steps_have_ended(self) -> None:
        groups = self.books.groups()
        for sale, group in groups.items():
            own = [step for step in self.books.steps.values() if step.sale_id == sale]
            assert (group is Group.DONE) is all(step.is_ended for step in own)

    @invariant()
    def an_outcome_is_kept_only_until_its_target_is_known(self) -> None:
        assert not self.books.early.keys() & self.books.steps.keys()


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=500, stateful_step_count=40, deadline=None)


def test_the_machine_would_see_a_broken_rule() -> None:
    """Two steps of one listing asked at once, which no rule leads to."""
    machine = Histories()
    article = machine.articles[0]
    machine.books.hear(article.sold(1, left=1))
    first = machine.books.steps[article.key(Platform.EBAY, 1)]
    machine.books.hear(article.sold(2))
    machine.books.steps[first.key] = first
    with pytest.raises(AssertionError):
        machine.one_target_of_a_listing_is_under_way()
