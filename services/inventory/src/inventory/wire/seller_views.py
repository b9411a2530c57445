"""What people read of drafts, unmatched sales, owner rules, edits and imports."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from pydantic import AwareDatetime, BaseModel
from soldwire_contracts import stock

from inventory.domain import Draft, OwnerRule, RuleKind, SaleLine, WhyUnmatched
from inventory.domain.sheets import Action, Fault, PlannedLine
from inventory.wire.events import owner_of
from inventory.wire.views import SaleView


class UnmatchedView(SaleView):
    """A sale without an article. `why`: its listing is a draft, shows no article, or was never seen."""

    why: WhyUnmatched

    @classmethod
    def of_sale(cls, line: SaleLine, why: WhyUnmatched) -> UnmatchedView:
        """As people read it."""
        return cls(**SaleView.of(line).model_dump(), why=why)


class UnmatchedPage(BaseModel):
    """Sales whose listing has no article yet; `next` is the cursor of the following page, null on the last."""

    items: list[UnmatchedView]
    next: str | None


class DraftView(BaseModel):
    """What its marketplace shows as a draft and has never shown otherwise: no listing, and no stock."""

    id: UUID
    account_id: UUID
    platform: str
    title: str
    sku: str | None
    url: str | None
    thumbnail_url: str | None
    observed_at: AwareDatetime

    @classmethod
    def of(cls, draft: Draft) -> DraftView:
        """As people read it."""
        return cls(**{name: getattr(draft, name) for name in cls.model_fields})


class DraftPage(BaseModel):
    """Drafts; `next` is the cursor of the following page, null on the last. A page may be short, even empty, before that."""

    items: list[DraftView]
    next: str | None


class DraftCount(BaseModel):
    """How many drafts an account has."""

    account_id: UUID
    platform: str
    drafts: int


class RuleView(BaseModel):
    """A rule: articles whose SKU begins with `value`, or that a listing of this vendor shows, are this owner's."""

    kind: RuleKind
    value: str
    owner: stock.Owner

    @classmethod
    def of(cls, rule: OwnerRule) -> RuleView:
        """As people read it."""
        return cls(kind=rule.kind, value=rule.value, owner=owner_of(rule.owner))


class RulesView(BaseModel):
    """The rules; the longest SKU prefix wins, then the vendor, then `default_owner` (a setting)."""

    rules: list[RuleView]
    default_owner: stock.Owner
    told: bool
    """Whether every article that follows the rules shows its owner by them; sales go by them in any case."""


class PreviewedRule(RuleView):
    """A rule, and how many articles it would take."""

    takes: int


class RulesPreviewView(BaseModel):
    """What rules would do to the articles that nobody has given an owner."""

    rules: list[PreviewedRule]
    default_takes: int
    """Articles that no rule takes."""
    changes: int
    """Articles that would be another's than now."""
    looked_at: int
    """The newest articles without a given owner; the figures are of these."""
    all_looked_at: bool

    @classmethod
    def of(
        cls, rules: list[OwnerRule], takes: Mapping[OwnerRule | None, int], **figures: int
    ) -> RulesPreviewView:
        """As people read it."""
        shown = [PreviewedRule(**RuleView.of(rule).model_dump(), takes=takes.get(rule, 0)) for rule in rules]
        return cls.model_validate({"rules": shown, "default_takes": takes.get(None, 0), **figures})


class EditedView(BaseModel):
    """What became of one article: changed, or refused with the reason."""

    article_id: UUID
    done: bool
    code: str | None = None
    message: str | None = None


class FaultView(BaseModel):
    """What is wrong in a file, where, and what to write instead; without a column it is the whole line."""

    line: int
    column: str | None
    message: str

    @classmethod
    def of(cls, fault: Fault) -> FaultView:
        """As people read it."""
        return cls(line=fault.line, column=fault.column, message=fault.message)


class ChangeView(BaseModel):
    """What a field is and what it becomes; null is nothing, and for an owner: whom the owner rules say."""

    was: str | None
    becomes: str | None


class PlannedView(BaseModel):
    """What a line of the file would do."""

    line: int
    action: Action
    sku: str | None
    article_id: UUID | None
    changes: dict[str, ChangeView]

    @classmethod
    def of(cls, planned: PlannedLine) -> PlannedView:
        """As people read it."""
        changes = {
            name: ChangeView(was=change.was, becomes=change.becomes)
            for name, change in planned.changes.items()
        }
        return cls(
            line=planned.number,
            action=planned.action,
            sku=planned.sku,
            article_id=planned.article_id,
            changes=changes,
        )


class ImportView(BaseModel):
    """A file that was checked: how many articles it would make, change and leave, how much is wrong with it, what is wrong."""

    id: UUID
    create: int
    change: int
    same: int
    errors: int
    first_errors: list[FaultView]
    """The first thousand."""
    made_by: UUID
    made_at: AwareDatetime
    applied_by: UUID | None
    applied_at: AwareDatetime | None


class ImportPage(BaseModel):
    """An import with a page of what it would do; `next` is the cursor of the following page, null on the last."""

    made: ImportView
    items: list[PlannedView]
    next: str | None
