"""HTTP bodies of the per-listing view of the Delist tab, and of how soon listings came down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from delist_orchestrator.domain import WITHIN, Cause, ListedStep, Platform, Share
from delist_orchestrator.wire.api import StepView, step_view


class ListedStepView(StepView):
    """A step by itself; without a sale where a stock change, a link or an edit asked for it."""

    article_id: UUID
    sale_id: UUID | None
    title: str | None
    sku: str | None
    cause: Cause
    created_at: AwareDatetime
    sold_at: AwareDatetime | None


class StepPage(BaseModel):
    """A page of steps, the newest first."""

    items: list[ListedStepView]
    next: str | None


class WithinView(BaseModel):
    """How many came down within a time of the sale; `share` of all that had to, None when none had to."""

    seconds: int
    listings: int
    share: float | None


class ShareView(BaseModel):
    """Of the listings that had to come down: how many did, and how soon."""

    listings: int
    down: int
    within: list[WithinView]
    waited_for_you: int
    """How many waited for your yes, for the grace you chose, or for the end of a pause."""
    median_ms: int | None
    """Of those that came down; so is `p95_ms`."""
    p95_ms: int | None


class PlatformShare(ShareView):
    """The same of one platform."""

    platform: Platform


class SharesView(BaseModel):
    """How soon listings came down after the sales of a time, together and per platform that had any."""

    since: AwareDatetime
    until: AwareDatetime
    all: ShareView
    platforms: list[PlatformShare]


def step_page(listed: Sequence[ListedStep], following: str | None) -> StepPage:
    """A page with its cursor."""
    return StepPage(items=[_listed(one) for one in listed], next=following)


def _listed(one: ListedStep) -> ListedStepView:
    step = one.step
    return ListedStepView(
        **dict(step_view(step)),
        article_id=step.article_id,
        sale_id=step.sale_id,
        title=one.title,
        sku=one.sku,
        cause=step.cause,
        created_at=step.created_at,
        sold_at=step.sold_at or one.sale_sold_at,
    )


def shares_view(since: datetime, until: datetime, shares: Sequence[Share]) -> SharesView:
    """All together, then each platform."""
    everywhere = next((share for share in shares if share.platform is None), Share(None))
    return SharesView(
        since=since,
        until=until,
        all=_share(everywhere),
        platforms=[
            PlatformShare(platform=share.platform, **dict(_share(share)))
            for share in shares
            if share.platform is not None
        ],
    )


def _share(share: Share) -> ShareView:
    return ShareView(
        listings=share.listings,
        down=share.down,
        within=[
            WithinView(
                seconds=int(span.total_seconds()),
                listings=count,
                share=count / share.listings if share.listings else None,
            )
            for span, count in zip(WITHIN, share.within, strict=True)
        ],
        waited_for_you=share.waited,
        median_ms=_milliseconds(share.median),
        p95_ms=_milliseconds(share.p95),
    )


def _milliseconds(span: timedelta | None) -> int | None:
    return None if span is None else span // timedelta(milliseconds=1)
