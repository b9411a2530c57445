"""Variants of a page, one by one: what of them can't be kept as Shopify tells it, in a seller's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connector_kit.domain import SeenListing
from pydantic import JsonValue, TypeAdapter, ValidationError

from connector_shopify.wire.base import Id, kept
from connector_shopify.wire.listings import VariantNode, full_title

_id = TypeAdapter(Id)


@dataclass(frozen=True, slots=True)
class UnreadableVariant:
    """One that is not what Shopify's contract says."""

    variant_id: str
    reason: str


def read_variant(value: JsonValue) -> VariantNode | UnreadableVariant:
    """A variant of a page, or why it can't be read. Raises ValidationError where it does not even say which it is."""
    try:
        return VariantNode.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "variant"
        which = _id.validate_python(value.get("id") if isinstance(value, Mapping) else None)
        return UnreadableVariant(which, f"{where}: {first['msg']}")


def left_out(node: VariantNode, seen: SeenListing) -> str:
    """What is told of it otherwise than Shopify does, for nothing could keep that; "" where nothing is."""
    return " and ".join(_left_out(node, seen))


def _left_out(node: VariantNode, seen: SeenListing) -> Iterator[str]:
    if seen.price is None:
        yield "its price"
    if seen.quantity != node.quantity:
        yield "its quantity"
    if seen.sku is None and kept(node.sku) is not None:
        yield "its SKU"
    if seen.title != full_title(node.product.title, node.title):
        yield "a part of its title"


def in_words(odd: int, one: str) -> str:
    """How many articles are not taken in as Shopify tells them, with one of them."""
    what = "1 article is" if odd == 1 else f"{odd} articles are"
    return f"{what} not taken in exactly as Shopify tells, for not all of it can be kept: {one}"[:500]


def named(node: VariantNode, what: str) -> str:
    """One of them, for a person to find."""
    return f"{full_title(node.product.title, node.title)[:80]} (variant {node.id}) without {what}."


def unreadable(variant: UnreadableVariant) -> str:
    """The same of one that is not taken in at all."""
    return f"variant {variant.variant_id} stays as it was ({variant.reason})."
