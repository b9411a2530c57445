"""An article's timeline as people read it: each line in a seller's words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from inventory.domain import Moment, NextAction, Source
from inventory.wire.views import ArticleWithListings

PLATFORMS = MappingProxyType(
    {"shopify": "Shopify", "ebay": "eBay", "depop": "Depop", "elsewhere": "a till or another place"}
)
SAYS: Mapping[Source, Mapping[str, str]] = MappingProxyType(
    {
        Source.SOLD: {"sold": "{units} sold on {platform}."},
        Source.PAID: {"paid": "The sale was paid."},
        Source.SHIPPED: {"shipped": "The sale was sent."},
        Source.CANCELLED: {"cancelled": "{units} of the sale cancelled."},
        Source.REFUNDED: {"refunded": "{units} of the sale refunded."},
        Source.ANSWERED: {},
        Source.STOCK: {
            "opened": "The stock was opened with {units}.",
            "covered": "{units:+}: the sale is from before the stock was counted.",
            "adjusted": "{units:+}: {platform} shows another figure.",
            "edited": "{units:+} by a count.",
            "held": "{units:+}: held for the sale.",
            "released": "{units:+}: the sale holds it no more.",
            "merged": "{units:+} by a merge with “{note}”.",
            "split": "{units:+} by a split with “{note}”.",
            "tried": "{units:+}: what {platform} shows was down to a test order.",
        },
        Source.LISTING: {
            "asked": "{platform} is asked to show {units}.",
            "proposed": "{platform} should show {units}; a person has to say yes.",
            "reached": "{platform} shows {units}.",
            "failed": "{platform} could not be changed: {note}",
            "seen_live": "Seen for sale on {platform}, {units}.",
            "seen_off_sale": "Seen off sale on {platform}.",
            "seen_quantity": "Seen with {units} on {platform}.",
            "linked": "The listing on {platform} was linked.",
            "unlinked": "The listing on {platform} was unlinked.",
            "disconnecting": "The listing on {platform} is taken down to be unlinked.",
            "kept": "The listing on {platform} stays linked after all.",
            "merged": "The listing on {platform} came from “{note}”.",
            "split": "The listing on {platform} came from “{note}”.",
            "tried": "A test order took {units} on {platform}: nothing is sold, so the stock stays.",
            "untried": "A test order on {platform} gave {units} back.",
        },
        Source.ASKED: {
            "surplus": "{platform} shows {units}, more than the stock: which is right?",
            "deficit": "{platform} shows {units}, less than the stock: which is right?",
            "not_restocked": "{units} cancelled and not put back: is it there again?",
            "refunded": "{units} refunded: restock and relist it?",
        },
    }
)
"""What each line says; a question's answer is said as it was given."""


class MomentView(BaseModel):
    """One line of the timeline. `units`: sold, moved in the stock, asked for, or seen, as `text` says."""

    at: AwareDatetime
    source: str
    what: str
    text: str
    units: int | None
    version: int | None
    sale_id: UUID | None
    listing_id: UUID | None
    question_id: UUID | None
    account_id: UUID | None
    platform: str | None
    user_id: UUID | None
    note: str | None

    @classmethod
    def of(cls, moment: Moment) -> MomentView:
        """As people read it."""
        names = cls.model_fields.keys() - {"source", "text"}
        values = {name: getattr(moment, name) for name in names}
        return cls(**values, source=moment.source.name.lower(), text=text_of(moment))


def text_of(moment: Moment) -> str:
    """A moment in one sentence."""
    said = SAYS[moment.source].get(moment.what, "Answered: {note}.")
    platform = PLATFORMS.get(moment.platform or "", "the marketplace")
    text = said.format(units=moment.units or 0, platform=platform, note=moment.note or "")
    return text[0].upper() + text[1:]


class NextActionView(BaseModel):
    """The most urgent thing to do: `contended`, `question`, `failed`, `waiting`, `merged` or `nothing`."""

    code: str
    text: str
    listing_id: UUID | None
    sale_id: UUID | None
    question_id: UUID | None
    link: str | None

    @classmethod
    def of(cls, action: NextAction) -> NextActionView:
        """As people read it."""
        return cls(**{name: getattr(action, name) for name in cls.model_fields})


class TimelineView(BaseModel):
    """An article explained: what happened, latest first, and what is to be done now."""

    article: ArticleWithListings
    next_action: NextActionView
    items: list[MomentView]
    next: str | None
