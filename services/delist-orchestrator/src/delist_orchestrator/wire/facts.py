"""Facts from the bus to demands and results; steps and delists to facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from soldwire_contracts import Event, Fact
from soldwire_contracts.delist import DelistCompleted, DelistProgress
from soldwire_contracts.delist import Step as StepFact
from soldwire_contracts.listings import ListingFailed, ListingReached, ListingTarget, Target
from soldwire_contracts.stock import ListingSold, StockChanged
from soldwire_contracts.values import Platform as PlatformName
from soldwire_contracts.values import StepState as StepStateName
from soldwire_contracts.values import StockCause, TargetCause

from delist_orchestrator.domain import (
    Cause,
    Chapter,
    Delist,
    Demand,
    Drop,
    Outcome,
    Platform,
    Result,
    Step,
    Wanted,
    latest,
)

CAUSES: Mapping[StockCause, Cause] = MappingProxyType(
    {
        StockCause.OPENED: Cause.EDIT,
        StockCause.RELEASED: Cause.RELEASE,
        StockCause.EDITED: Cause.EDIT,
        StockCause.LINKED: Cause.LINK,
        StockCause.UNLINKED: Cause.UNLINK,
        StockCause.ADJUSTED: Cause.OBSERVATION,
    }
)


def _wanted(target: Target) -> Wanted:
    return Wanted(
        listing_id=target.listing_id,
        account_id=target.account_id,
        platform=Platform(target.platform.value),
        version=target.version,
        quantity=target.quantity,
        may_raise=target.may_raise,
        sold_here=target.sold_here,
    )


def demand(event: Event[ListingSold] | Event[StockChanged]) -> Demand:
    """What an event of inventory asks of an article's listings."""
    if isinstance(event.data, ListingSold):
        return _demand_of_sale(event, event.data)
    return _demand_of_change(event, event.data)


def _demand_of_sale(event: Event[ListingSold] | Event[StockChanged], sold: ListingSold) -> Demand:
    outcome = Outcome(sold.outcome.value)
    delist = Delist(
        sale_id=sold.sale_id,
        tenant_id=sold.tenant_id,
        article_id=sold.article_id,
        account_id=sold.account_id,
        platform=sold.platform.value,
        title=sold.title,
        sku=sold.sku,
        outcome=outcome,
        sold_at=sold.sold_at,
        reserved_at=sold.reserved_at,
        created_at=event.time,
        stock_revision=sold.revision,
        traceparent=event.traceparent,
        test=event.test,
    )
    return Demand(
        tenant_id=sold.tenant_id,
        article_id=sold.article_id,
        cause=Cause.SALE,
        # A sale at a till has no marketplace order behind it.
        order_backed=sold.platform is not PlatformName.ELSEWHERE,
        wanted=tuple(_wanted(target) for target in sold.targets),
        sale_id=sold.sale_id,
        delist=delist,
        history=outcome is Outcome.HISTORY,
        sold_at=sold.sold_at,
        explains=tuple(Drop(drop.at, drop.units) for drop in sold.explains),
        traceparent=event.traceparent,
        test=event.test,
    )


def _demand_of_change(event: Event[ListingSold] | Event[StockChanged], changed: StockChanged) -> Demand:
    return Demand(
        tenant_id=changed.tenant_id,
        article_id=changed.article_id,
        cause=CAUSES[changed.cause],
        order_backed=False,
        wanted=tuple(_wanted(target) for target in changed.targets),
        sale_id=changed.sale_id,
        drop=Drop(changed.drop.at, changed.drop.units) if changed.drop else None,
        traceparent=event.traceparent,
        test=event.test,
    )


def result(outcome: ListingReached | ListingFailed) -> Result:
    """A connector's word on one target."""
    return _reached(outcome) if isinstance(outcome, ListingReached) else _failed(outcome)


def _reached(reached: ListingReached) -> Result:
    return Result(
        tenant_id=reached.tenant_id,
        listing_id=reached.listing_id,
        version=reached.version,
        account_id=reached.account_id,
        article_id=reached.article_id,
        platform=Platform(reached.platform.value),
        applied_at=reached.applied_at,
        verified_at=reached.evidence.read_at,
        called_at=reached.called_at,
        read_quantity=reached.evidence.quantity,
        read_buyable=reached.evidence.buyable,
    )


def _failed(failed: ListingFailed) -> Result:
    return Result(
        tenant_id=failed.tenant_id,
        listing_id=failed.listing_id,
        version=failed.version,
        account_id=failed.account_id,
        article_id=failed.article_id,
        platform=Platform(failed.platform.value),
        called_at=failed.called_at,
        code=failed.code,
        reason=failed.reason,
        link=failed.link,
        can_retry=failed.can_retry,
    )


def listing_target(step: Step) -> ListingTarget:
    """The desired state a connector gets. Raises ValueError for a step that was not asked."""
    if step.asked_at is None or step.deadline is None:
        raise ValueError(f"step {step.listing_id} version {step.version} was not asked")
    return ListingTarget(
        tenant_id=step.tenant_id,
        platform=PlatformName(step.platform.value),
        account_id=step.account_id,
        listing_id=step.listing_id,
        article_id=step.article_id,
        version=step.version,
        quantity=step.target_quantity,
        cause=TargetCause.LINK if step.cause is Cause.UNLINK else TargetCause(step.cause.value),
        sale_id=step.sale_id,
        may_raise=step.may_raise,
        sold_here=step.sold_here,
        order_backed=step.order_backed,
        requested_at=step.asked_at,
        deadline=step.deadline,
    )


def _milliseconds(span: timedelta | None) -> int | None:
    return None if span is None else span // timedelta(milliseconds=1)


def _step(step: Step) -> StepFact:
    return StepFact(
        listing_id=step.listing_id,
        account_id=step.account_id,
        platform=PlatformName(step.platform.value),
        version=step.version,
        target_quantity=step.target_quantity,
        state=StepStateName(step.state.value),
        sold_here=step.sold_here,
        reason=step.reason,
        code=step.code,
        link=step.link,
        can_retry=step.can_retry,
        attempts=step.attempts,
        asked_at=step.asked_at,
        called_at=step.called_at,
        applied_at=step.applied_at,
        verified_at=step.verified_at,
        deadline=step.deadline,
        exposure_ms=_milliseconds(step.exposure),
    )


def progress(chapter: Chapter) -> list[Fact]:
    """The delist as it stands, and that it is complete when it has just become so."""
    delist = chapter.delist
    if delist.changed_at is None:
        raise ValueError(f"delist {delist.sale_id} has not changed")
    steps = tuple(_step(step) for step in latest(chapter.steps))
    said: list[type[DelistProgress] | type[DelistCompleted]] = [DelistProgress]
    if chapter.completed_now:
        said.append(DelistCompleted)
    return [
        fact(
            tenant_id=delist.tenant_id,
            article_id=delist.article_id,
            sale_id=delist.sale_id,
            revision=delist.revision,
            steps=steps,
            at=delist.changed_at,
        )
        for fact in said
    ]
