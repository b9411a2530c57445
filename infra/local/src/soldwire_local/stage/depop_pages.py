"""Reads Depop's selling hub as an extension sees it: by roles, labels and words, never by hashed class names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bs4 import BeautifulSoup, Tag

_RECEIPT = re.compile(r"/sellinghub/sold-items/(\d{1,24})/?$")
_PRODUCT = re.compile(r"/products/([^/?#]+)/?$")
_HEADING = re.compile(r"^(\d+) items? sold$")
_SOLD_ON = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_AMOUNT = re.compile(r"^(-?)([A-Z]{0,3}\s?[£$€]?)\s?(\d[\d,]*(?:\.\d+)?)$")
_STATUS = re.compile(
    r"^(payment (received|pending|refunded on)|refunded|cancelled|refund sent)", re.IGNORECASE
)
_CURRENCIES = {"£": "GBP", "$": "USD", "€": "EUR", "A$": "AUD"}
_FEES = {"payment fee": "payment_fee", "depop fee": "depop_fee", "boosting fee": "boosting_fee"}


class SignedOutError(Exception):
    """Depop shows its sign-in page: this is no empty history."""


class ChallengedError(Exception):
    """Depop wants to see a person first ("Just a moment…"): this is no empty history."""


class UnreadablePageError(Exception):
    """The page is not the one asked for, or its parts contradict each other; nothing of it may be taken."""


@dataclass(frozen=True)
class SoldItem:
    """One article on a receipt."""

    slug: str
    description: str
    price: Decimal | None
    quantity: int


@dataclass(frozen=True)
class Receipt:
    """One sale as its receipt shows it. The buyer is left on the page."""

    receipt_id: str
    sold_on: date
    status: str
    currency: str
    items: tuple[SoldItem, ...]
    items_price: Decimal
    shipping_price: Decimal | None
    fees: dict[str, Decimal]
    courier: str | None
    tracking_number: str | None


@dataclass(frozen=True)
class ActiveItem:
    """One row of Active items."""

    slug: str
    title: str
    sku: str | None
    price: Decimal | None


@dataclass(frozen=True)
class SoldPage:
    """The list of sold items as far as it is scrolled."""

    receipts: tuple[str, ...]
    cursor: str | None


def open_page(html: str) -> BeautifulSoup:
    """The parsed page. Raises SignedOutError or ChallengedError for the pages Depop shows instead."""
    page = BeautifulSoup(html, "html.parser")
    title = _text(page.title)
    if title.lower().startswith("just a moment"):
        raise ChallengedError(title)
    if page.select_one("main input[type=password]") or page.select_one("form[action*=login]"):
        raise SignedOutError(title)
    return page


def sold_page(html: str) -> SoldPage:
    """Receipt ids of a page of sold items, newest first. Raises UnreadablePageError for any other page."""
    page = open_page(html)
    rows = page.select('main a[aria-label^="View receipt"]')
    found = [_RECEIPT.search(str(row.get("href", ""))) for row in rows]
    if any(match is None for match in found):
        raise UnreadablePageError("a row's receipt has no number")
    ids = tuple(match[1] for match in found if match)
    if not ids and "sold anything yet" not in page.get_text():
        raise UnreadablePageError("neither rows nor the words of an empty list")
    lists = page.select_one("main ul")
    return SoldPage(ids, str(lists.get("data-next") or "") or None if lists else None)


def receipt(html: str, receipt_id: str) -> Receipt:
    """One receipt's dialog. Raises UnreadablePageError when its parts contradict each other."""
    page = open_page(html)
    dialog = page.select_one('[role=dialog][name="View Receipt modal"]')
    dialog = dialog or page.select_one('aside[data-testid="simpleDrawer-visible"]')
    if dialog is None:
        raise UnreadablePageError("no receipt is open")
    items = _items(dialog)
    rows = _rows(dialog)
    price, currency = _amount(rows.get("items price", ""))
    if price is None:
        raise UnreadablePageError("no items price")
    courier, tracking = _shipping(dialog)
    return Receipt(
        receipt_id=receipt_id,
        sold_on=_sold_on(dialog),
        status=_status(dialog),
        currency=currency,
        items=items,
        items_price=price,
        shipping_price=_amount(rows.get("shipping", ""))[0],
        fees={kind: abs(fee) for row, kind in _FEES.items() if (fee := _amount(rows.get(row, ""))[0])},
        courier=courier,
        tracking_number=tracking,
    )


def active_items(html: str) -> tuple[ActiveItem, ...]:
    """Every row of Active items. Raises UnreadablePageError for any other page."""
    page = open_page(html)
    rows = [row for row in page.select("main li") if row.select_one('[aria-label="Manage listing"]')]
    if not rows and "No active items" not in page.get_text():
        raise UnreadablePageError("neither rows nor the words of an empty list")
    return tuple(_active(row) for row in rows)


def for_sale(html: str, status: int) -> bool | None:
    """Whether a public product page can be bought from; None once the listing is gone."""
    if status == 404:
        return None
    page = open_page(html)
    if page.select_one('[data-testid="sold-label"]') or page.find(string=re.compile(r"^\s*Sold\s*$")):
        return False
    if page.find("button", string=re.compile("Buy now", re.IGNORECASE)):
        return True
    raise UnreadablePageError("neither a Buy button nor the word Sold")


def form_action(html: str, verb: str) -> str:
    """Where the confirm step of Delete or Mark as sold posts to. Raises UnreadablePageError."""
    form = open_page(html).select_one(f'form[method=post][action$="/{verb}/"]')
    if form is None:
        raise UnreadablePageError(f"Manage listing offers no {verb}")
    return str(form["action"])


def _items(dialog: Tag) -> tuple[SoldItem, ...]:
    heading = next(
        (m for tag in dialog.select("h1,h2,h3,[role=heading]") if (m := _HEADING.match(_text(tag)))), None
    )
    if heading is None:
        raise UnreadablePageError("no heading says how many items were sold")
    blocks: dict[str, Tag] = {}
    for link in dialog.select('a[href*="/products/"]'):
        match = _PRODUCT.search(str(link.get("href", "")))
        if match and link.parent is not None:
            blocks.setdefault(match[1], link.parent)
    if len(blocks) != int(heading[1]):
        raise UnreadablePageError(f"{heading[1]} items sold, but {len(blocks)} products shown")
    return tuple(_item(slug, block) for slug, block in blocks.items())


def _item(slug: str, block: Tag) -> SoldItem:
    description = block.select_one('[data-testid="receipt-product-description"]')
    prices = [amount for tag in block.select("p") if (amount := _amount(_text(tag))[0]) is not None]
    counts = [int(m[1]) for tag in block.select("p") if (m := re.match(r"^Quantity: (\d+)$", _text(tag)))]
    words = description.get_text().strip() if description else ""
    return SoldItem(slug, words, prices[0] if len(prices) == 1 else None, counts[0] if counts else 1)


def _rows(dialog: Tag) -> dict[str, str]:
    pairs = [[_text(cell) for cell in row.select("td,th")] for row in dialog.select("tr")]
    return {pair[0].lower(): pair[1] for pair in pairs if len(pair) == 2}


def _status(dialog: Tag) -> str:
    """The words on what became of the payment; a Refund BUTTON is no status."""
    for tag in dialog.select("strong,b,p,span"):
        if tag.find_parent("button") is None and _STATUS.match(_text(tag)):
            return _text(tag)
    raise UnreadablePageError("no word on the payment")


def _sold_on(dialog: Tag) -> date:
    found = _SOLD_ON.search(dialog.get_text())
    if found is None:
        raise UnreadablePageError("no date of sale")
    return date(int(found[3]), int(found[2]), int(found[1]))


def _shipping(dialog: Tag) -> tuple[str | None, str | None]:
    found = re.search(r"Shipped with ([^:\n]+): (\S+)", dialog.get_text())
    return (found[1].strip(), found[2]) if found else (None, None)


def _active(row: Tag) -> ActiveItem:
    link = row.select_one('a[href*="/products/"]')
    match = _PRODUCT.search(str(link.get("href", ""))) if link else None
    if match is None:
        raise UnreadablePageError("a row of Active items has no product")
    sku = re.search(r"^SKU: (.+)$", row.get_text("\n"), re.MULTILINE)
    prices = [amount for tag in row.select("p") if (amount := _amount(_text(tag))[0]) is not None]
    return ActiveItem(match[1], _text(link), sku[1].strip() if sku else None, prices[0] if prices else None)


def _amount(text: str) -> tuple[Decimal | None, str]:
    found = _AMOUNT.match(text.strip())
    if found is None:
        return None, ""
    value = Decimal(found[3].replace(",", ""))
    return (-value if found[1] else value), _CURRENCIES.get(found[2].strip(), "GBP")


def _text(tag: Tag | None) -> str:
    return " ".join(tag.get_text().split()) if tag is not None else ""
