"""What the delist-orchestrator is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from tests.lists.queries.query import Query
from tests.lists.seeds import Large
from tests.lists.seller import PLATFORMS
from tests.lists.way import ORCHESTRATOR

_query = partial(Query, ORCHESTRATOR)
_STATES = (
    *("waiting_for_approval", "paused", "asked", "waiting_for_browser", "done", "failed"),
    *("superseded", "skipped"),
)
_NEVER = {"superseded", "skipped"}
"""States in which this seller has no step."""


def queries(large: Large) -> Iterator[Query]:
    """Delists, steps, counts, shares, policies."""
    yield from _delists(large)
    yield from _steps(large)
    yield from _sums(large)


def _filters(large: Large) -> Iterator[tuple[str, dict[str, Any]]]:
    """What delists and steps are both narrowed to."""
    seller = large.seller
    day = {"since": seller.latest - timedelta(days=4), "until": seller.latest - timedelta(days=3)}
    account = seller.account(PLATFORMS[1])
    yield "of an article", {"article_id": large.article_id}
    yield "of a sale", {"sale_id": seller.sale_id(large.item)}
    yield "of an account", {"account_id": account}
    yield "of an account, failed", {"account_id": account, "state": "failed"}
    yield "of an account and a day", {"account_id": account, **day}
    yield "of a platform", {"platform": "depop"}
    yield "of a platform, waiting for a browser", {"platform": "depop", "state": "waiting_for_browser"}
    yield "of a platform and a day", {"platform": "ebay", **day}
    yield "by code", {"code": "relist_by_hand"}
    yield "by code and platform", {"code": "refused", "platform": "ebay"}
    yield "overdue", {"overdue": True}
    yield "overdue on a platform", {"overdue": True, "platform": "depop"}
    yield "of a day", day


def _delists(large: Large) -> Iterator[Query]:
    delists = partial(_query, "/v1/delists")
    yield delists("delists, newest")
    yield delists("delists, 40th page", deep=40)
    for group in ("failed", "waiting", "running", "done"):
        yield delists(f"delists {group}", {"group": group})
    yield delists("delists failed, a page on", {"group": "failed", "limit": 10}, deep=1)
    for what, asked in _filters(large):
        yield delists(f"delists {what}", asked)
    for state in _STATES:
        yield delists(f"delists with a step {state}", {"state": state}, finds=state not in _NEVER)
    yield delists("delists failed, of an account", {"account_id": _account(large), "group": "failed"})
    yield _query("/v1/delists/{sale_id}", "one delist", at={"sale_id": _sale(large)})


def _account(large: Large) -> Any:
    return large.seller.account(PLATFORMS[2])


def _sale(large: Large) -> Any:
    return large.seller.sale_id(large.item)


def _steps(large: Large) -> Iterator[Query]:
    steps = partial(_query, "/v1/steps")
    yield steps("steps, newest")
    yield steps("steps, 40th page", deep=40)
    for what, asked in _filters(large):
        yield steps(f"steps {what}", asked)
    for state in _STATES:
        yield steps(f"steps {state}", {"state": state}, finds=state not in _NEVER)
    yield steps("steps of an article, done", {"article_id": large.article_id, "state": "done"})


def _sums(large: Large) -> Iterator[Query]:
    latest = large.seller.latest
    yield _query("/v1/delists/groups", "delists by group")
    yield _query("/v1/delists/groups", "delists by group, a month", {"since": latest - timedelta(days=30)})
    yield _query("/v1/delists/exposure", "exposure of a day")
    yield _query("/v1/delists/exposure", "exposure of a month", {"since": latest - timedelta(days=30)})
    yield _query("/v1/delists/shares", "shares of a day")
    month = {"since": latest - timedelta(days=45), "until": latest - timedelta(days=14)}
    yield _query("/v1/delists/shares", "shares of a month", month)
    yield _query("/v1/policies", "policies")
    yield _query("/v1/pauses", "pauses")
