"""HTTP: whose articles are that nobody has given an owner.

The rules are kept under the bus role bound to the caller's tenant alone, because the articles that follow them wait in
the work queue to be told.
"""

from __future__ import annotations

from fastapi import APIRouter
from kit.database import Database
from kit.http import CallerDep, WriterDep
from kit.jobs import Wake

from inventory import usecases
from inventory.wire import article_bodies as bodies
from inventory.wire import seller_views as views
from inventory.wire.events import owner_of


def build(db: Database, sweep: Wake) -> APIRouter:
    """Routes of owner rules; `sweep` tells the articles that follow them."""
    router = APIRouter(tags=["owner rules"])

    @router.get("/owner-rules")
    async def get_owner_rules(caller: CallerDep) -> views.RulesView:
        """The rules for articles without a given owner: the longest SKU prefix wins, then the vendor, then the default."""
        async with db.bus([caller.tenant_id]) as uow:
            return _shown(await usecases.owner_rules(uow, caller))

    @router.put("/owner-rules")
    async def put_owner_rules(body: bodies.RulesBody, caller: WriterDep) -> views.RulesView:
        """Replace all rules. Sales from now on go by them, what was sold before keeps its owner.

        422 `rule_twice` for two rules of one prefix or vendor; 422 `no_such_consignor` for one nobody knows or who takes no
        new articles, unless the rule named that consignor before.
        """
        async with db.bus([caller.tenant_id]) as uow:
            found = await usecases.set_owner_rules(uow, caller, _wishes(body))
            uow.after_commit(sweep.wake)
        return _shown(found)

    @router.post("/owner-rules/preview")
    async def preview_owner_rules(body: bodies.RulesBody, caller: CallerDep) -> views.RulesPreviewView:
        """How many articles each of these rules would take, of the newest 20,000 without a given owner; nothing is changed.

        422 as for replacing the rules.
        """
        async with db.request(caller.tenant_id) as uow:
            found = await usecases.preview_owner_rules(uow, caller, _wishes(body))
        return views.RulesPreviewView.of(
            list(found.rules),
            found.takes,
            changes=found.changes,
            looked_at=found.looked_at,
            all_looked_at=found.all_looked_at,
        )

    return router


def _wishes(body: bodies.RulesBody) -> list[usecases.RuleWish]:
    return [usecases.RuleWish(rule.kind, rule.value, rule.owner.wish()) for rule in body.rules]


def _shown(found: usecases.RulesInForce) -> views.RulesView:
    rules = [views.RuleView.of(rule) for rule in found.rules]
    return views.RulesView(rules=rules, default_owner=owner_of(found.default), told=found.told)
