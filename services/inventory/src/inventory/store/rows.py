"""Rows to domain objects and back."""

from __future__ import annotations

from dataclasses import fields
from uuid import UUID

from kit.connection import Row
from pydantic import TypeAdapter

from inventory.domain import (
    Article,
    CreateFrom,
    Draft,
    Drop,
    Hold,
    Listing,
    ListingState,
    Money,
    Outcome,
    Owner,
    OwnerKind,
    Policy,
    Restock,
    SaleLine,
    standing_of,
)

_LINE = tuple(field.name for field in fields(SaleLine))
_LISTING = tuple(field.name for field in fields(Listing) if field.name != "price")
_DROPS = TypeAdapter(tuple[Drop, ...])


def amount_of(row: Row, name: str) -> Money | None:
    """An amount and its currency from two columns."""
    currency = row[f"{name}_currency"]
    return Money(row[f"{name}_amount"], currency) if currency else None


def amount_row(name: str, amount: Money | None) -> dict[str, object]:
    """The two columns of an amount."""
    return {
        f"{name}_amount": amount.amount if amount else None,
        f"{name}_currency": amount.currency if amount else None,
    }


def line_of(row: Row) -> SaleLine:
    """A sale line from a row of `holds` or `unmatched`."""
    values = {name: row[name] for name in _LINE}
    values["restock"] = Restock(values["restock"])
    return SaleLine(**values)


def line_row(line: SaleLine) -> dict[str, object]:
    """The columns of a sale line."""
    return {name: getattr(line, name) for name in _LINE}


def hold_of(row: Row) -> Hold:
    """A hold from its row."""
    return Hold(
        line_of(row),
        held=row["held"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        covered_until=row["covered_until"],
        covered=row["covered"],
        written_off=row["written_off"],
        settled_back=row["settled_back"],
        removed=row["removed"],
        owner=Owner(OwnerKind(row["owner_kind"]), row["consignor_id"]) if row["owner_kind"] else None,
        cost=amount_of(row, "cost"),
    )


def hold_row(article_id: UUID, hold: Hold) -> dict[str, object]:
    """The columns of a hold."""
    return {
        **line_row(hold.line),
        "article_id": article_id,
        "held": hold.held,
        "outcome": hold.outcome,
        "covered_until": hold.covered_until,
        "covered": hold.covered,
        "written_off": hold.written_off,
        "settled_back": hold.settled_back,
        "removed": hold.removed,
        "is_open": hold.is_open,
        "owner_kind": hold.owner.kind if hold.owner else None,
        "consignor_id": hold.owner.consignor_id if hold.owner else None,
        **amount_row("cost", hold.cost),
    }


def listing_of(row: Row) -> Listing:
    """A listing from its row."""
    values = {name: row[name] for name in _LISTING}
    values["state"] = ListingState(values["state"])
    values["drops"] = _DROPS.validate_python(values["drops"]) if values["drops"] else ()
    return Listing(**values, price=amount_of(row, "price"))


def listing_row(listing: Listing) -> dict[str, object]:
    """The columns of a listing."""
    values = {name: getattr(listing, name) for name in _LISTING}
    values["drops"] = _DROPS.dump_python(listing.drops, mode="json") if listing.drops else []
    return {**values, **amount_row("price", listing.price), "standing": standing_of(listing)}


def policy_of_row(row: Row) -> Policy:
    """A tenant's settings from their row."""
    owner, create_from = OwnerKind(row["default_owner"]), CreateFrom(row["create_from"])
    return Policy(row["create_articles"], owner, create_from)


def policy_row(tenant_id: UUID, policy: Policy) -> dict[str, object]:
    """The columns of a tenant's settings."""
    return {
        "tenant_id": tenant_id,
        "create_articles": policy.create_articles,
        "default_owner": policy.default_owner,
        "create_from": policy.create_from,
    }


def draft_of(row: Row) -> Draft:
    """A draft from its row."""
    return Draft(**{field.name: row[field.name] for field in fields(Draft)})


def draft_row(draft: Draft) -> dict[str, object]:
    """The columns of a draft."""
    return {field.name: getattr(draft, field.name) for field in fields(Draft)}


def article_of(row: Row) -> Article:
    """An article from its row, without listings and holds."""
    return Article(
        id=row["id"],
        tenant_id=row["tenant_id"],
        sku=row["sku"],
        title=row["title"],
        owner=Owner(OwnerKind(row["owner_kind"]), row["consignor_id"]),
        cost=amount_of(row, "cost"),
        opened_at=row["opened_at"],
        free=row["free"],
        held=row["held"],
        short=row["short"],
        revision=row["revision"],
        created_at=row["created_at"],
        price=amount_of(row, "price"),
        brand=row["brand"],
        location=row["location"],
        thumbnail_url=row["thumbnail_url"],
        owner_given=row["owner_given"],
        merged_into=row["merged_into"],
    )


def article_row(article: Article) -> dict[str, object]:
    """The columns of an article."""
    return {
        "id": article.id,
        "tenant_id": article.tenant_id,
        "sku": article.sku,
        "title": article.title,
        "owner_kind": article.owner.kind,
        "consignor_id": article.owner.consignor_id,
        **amount_row("cost", article.cost),
        "opened_at": article.opened_at,
        "free": article.free,
        "held": article.held,
        "short": article.short,
        "revision": article.revision,
        "created_at": article.created_at,
        **amount_row("price", article.price),
        "brand": article.brand,
        "location": article.location,
        "thumbnail_url": article.thumbnail_url,
        "owner_given": article.owner_given,
        "merged_into": article.merged_into,
    }
