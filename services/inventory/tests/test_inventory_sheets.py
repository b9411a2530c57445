"""Files of articles: what they say, what is wrong with them, and that an export read back changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inventory.domain import Article, Consignor, Consignors, Money, Owner, OwnerKind, clean_sku
from inventory.domain.sheets import CLEAR, COLUMNS, Change, Planner, cells_of
from inventory.wire.sheets import MOST_LINES, read_sheet, sheet_head, sheet_lines
from inventory_articles import T0, TENANT
from kit.errors import Invalid

ANNE, BEN = UUID(int=501), UUID(int=502)
CONSIGNORS = Consignors([Consignor(ANNE, TENANT, "ANNE", True, 1), Consignor(BEN, TENANT, "BEN", False, 1)])


def made(number: int = 1, **values: object) -> Article:
    found = Article.make(UUID(int=number), TENANT, T0, sku=f"A-{number}", title="Jacket", owner=Owner())
    for name, value in values.items():
        setattr(found, name, value)
    return found


def jacket() -> Article:
    """One that has everything, given to Anne."""
    return made(
        price=Money(Decimal("30.00"), "GBP"),
        cost=Money(Decimal("12.5"), "GBP"),
        location="Shelf 3",
        brand="Levi's",
        owner=Owner(OwnerKind.CONSIGNED, ANNE),
        owner_given=True,
        thumbnail_url="https://pictures/1",
        opened_at=T0,
        free=2,
    )


def planned(text: str | bytes, articles: Sequence[Article] = ()) -> Planner:
    sheet = read_sheet(text if isinstance(text, bytes) else text.encode())
    by_sku = {one.sku: one for one in articles if one.sku}
    planner = Planner({one.id: one for one in articles}, by_sku, CONSIGNORS)
    planner.faults += sheet.faults
    for line in sheet.lines:
        planner.take(line)
    return planner


def changes(text: str, article: Article) -> dict[str, Change]:
    plan = planned(text, [article])
    assert plan.faults == []
    return dict(plan.planned[0].changes) if plan.planned else {}


def faults(text: str, articles: Sequence[Article] = ()) -> list[tuple[int, str | None]]:
    return [(fault.line, fault.column) for fault in planned(text, articles).faults]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_file_is_read_with_whatever_parts_its_cells(mark: bytes, delimiter: str) -> None:
    text = "Title|SKU|quantity\r\nJean’s jacket|A-1|3\r\n\r\n||\r\nCoat|A-2|-\r\n".replace("|", delimiter)
    sheet = read_sheet(mark + text.encode())
    assert sheet.faults == []
    assert [(line.number, dict(line.cells)) for line in sheet.lines] == [
        (2, {"title": "Jean’s jacket", "sku": "A-1", "quantity": "3"}),
        (5, {"title": "Coat", "sku": "A-2", "quantity": CLEAR}),
    ]


def test_lines_are_counted_as_the_file_has_them() -> None:
    sheet = read_sheet(b'sku,title\nA-1,"two\nlines"\nA-2,one\n')
    assert [line.number for line in sheet.lines] == [2, 4]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_file"),
        (b"\n ; \n", "empty_file"),
        (b"sku,title\nA-1,caf\xe9\n", "not_utf8"),
        ("sku,title\n".encode("utf-16"), "not_utf8"),
        (b"sku,title\nA-1,a\x00b\n", "not_text"),
        (b'sku,title\nA-1,"open\n', "not_csv"),
        (b'sku,title\nA-1,"a"b\n', "not_csv"),
        (b"sku\n" + b"A\n" * (MOST_LINES + 1), "too_many_lines"),
        (b"sku," + b",".join(b"c%d" % n for n in range(500)) + b"\nA\n", "too_many_columns"),
    ],
)
def test_what_is_no_file_of_articles_is_refused_whole(body: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_sheet(body)
    assert refused.value.code == code


def test_columns_that_are_unknown_double_or_missing_are_told() -> None:
    assert faults("sku,titel,price,price\n") == [(1, "titel"), (1, "price")]
    assert faults("title\nCoat\n") == [(1, "sku"), (2, "sku")]
    assert faults("sku,title\nA-1,Coat,more\n") == [(2, None)]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("price", "1,234.50"),
        ("price", "1 234"),
        ("price", "£5"),
        ("price", "-5"),
        ("price", "5."),
        ("price", "1e3"),
        ("price", "٣"),
        ("price", "123456789012345"),
        ("cost", "1.1234567"),
        ("quantity", "1.0"),
        ("quantity", "-1"),
        ("quantity", "1000001"),
        ("quantity", "two"),
        ("currency", "gbp"),
        ("currency", "EURO"),
        ("owner", "Own"),
        ("owner", "consigned"),
        ("consignor", "NOBODY"),
        ("consignor", "ANNE"),
        ("thumbnail_url", "pictures/1"),
        ("thumbnail_url", "javascript:alert(1)"),
        ("title", "t" * 501),
        ("location", "l" * 201),
        ("title", "-"),
        ("quantity", "-"),
        ("currency", "-"),
    ],
)
def test_a_cell_that_cannot_be_is_told_with_its_line_and_column(column: str, cell: str) -> None:
    text = f'sku;{column}\nA-1;"{cell}"\n'
    where = "consignor" if column == "owner" and cell == "consigned" else column
    assert faults(text, [made(price=Money(Decimal(1), "GBP"), opened_at=T0)]) == [(2, where)]


def test_all_that_is_wrong_with_a_line_is_told_at_once() -> None:
    assert faults("sku;price;quantity\nA-9;x;y\n") == [(2, "price"), (2, "quantity"), (2, "title")]


def test_an_article_is_named_once() -> None:
    assert faults("sku;title\nA-9;Coat\nA-9 ;Coat\n") == [(3, "sku")]
    two = f"sku;article_id\nA-1;\n;{UUID(int=1)}\n"
    assert faults(two, [made()]) == [(3, "article_id")]


def test_an_article_is_named_by_its_id_and_keeps_its_sku() -> None:
    plan = planned(f"article_id;title\n{UUID(int=1)};Coat\n", [made(sku=None)])
    assert [(one.article_id, dict(one.changes)) for one in plan.planned] == [
        (UUID(int=1), {"title": Change("Jacket", "Coat")})
    ]
    assert faults(f"article_id;sku\n{UUID(int=1)};B-1\n", [made()]) == [(2, "sku")]
    assert faults(f"article_id;sku\n{UUID(int=7)};A-1\nhello;A-1\n", [made()]) == [
        (2, "article_id"),
        (3, "article_id"),
    ]


def test_an_empty_cell_keeps_and_a_dash_clears() -> None:
    head = "sku;price;cost;location;brand;thumbnail_url;quantity;owner\n"
    assert changes(head + "A-1;;;;;;;\n", jacket()) == {}
    assert changes(head + "A-1;-;-;-;-;-;;-\n", jacket()) == {
        "price": Change("30.00 GBP", None),
        "cost": Change("12.50 GBP", None),
        "location": Change("Shelf 3", None),
        "brand": Change("Levi's", None),
        "thumbnail_url": Change("https://pictures/1", None),
        "owner": Change("consigned ANNE", None),
    }
    assert changes(head + "A-1;-;-;-;-;-;;-\n", made()) == {}, "there is nothing to clear"


def test_figures_that_mean_the_same_change_nothing() -> None:
    assert changes("sku;price;cost;quantity\nA-1;30;12.500;02\n", jacket()) == {}
    assert changes("sku;price;quantity\nA-1;30.01;3\n", jacket()) == {
        "price": Change("30.00 GBP", "30.01 GBP"),
        "quantity": Change("2", "3"),
    }


def test_another_currency_needs_every_amount_anew() -> None:
    assert faults("sku;price;currency\nA-1;40;EUR\n", [jacket()]) == [(2, "currency")]
    assert changes("sku;price;cost;currency\nA-1;30.00;-;EUR\n", jacket()) == {
        "price": Change("30.00 GBP", "30.00 EUR"),
        "cost": Change("12.50 GBP", None),
    }
    assert faults("sku;price\nA-1;40\n", [made()]) == [(2, "currency")]


def test_owners_by_kind_and_code() -> None:
    head = "sku;owner;consignor\n"
    assert changes(head + "A-1;own;-\n", jacket()) == {"owner": Change("consigned ANNE", "own")}
    assert changes(head + "A-1;own;ANNE\n", jacket()) == {"owner": Change("consigned ANNE", "own")}
    assert changes(head + "A-1;consigned;ANNE\n", made()) == {"owner": Change("own", "consigned ANNE")}
    assert faults(head + "A-1;consigned;BEN\n", [made()]) == [(2, "consignor")]
    assert faults(head + "A-1;;BEN\n", [jacket()]) == [(2, "consignor")]
    of_ben = made(owner=Owner(OwnerKind.CONSIGNED, BEN), owner_given=True)
    assert changes(head + "A-1;consigned;BEN\n", of_ben) == {}, "what was given stays"


def test_a_text_that_looks_like_a_formula_is_a_text() -> None:
    head = "sku;title;brand\n"
    assert changes(head + "A-1;=1+1;'=2+2\n", made()) == {
        "title": Change("Jacket", "=1+1"),
        "brand": Change(None, "=2+2"),
    }


def test_a_new_article_needs_a_sku_and_a_title() -> None:
    plan = planned("sku;title;price;currency;quantity;owner;consignor\nB-1;Coat;5;GBP;2;consigned;ANNE\n")
    (new,) = plan.planned
    assert (new.action, new.sku, new.quantity, new.consignor) == ("create", "B-1", 2, "ANNE")
    assert new.edit(None, CONSIGNORS) == {
        "title": "Coat",
        "price": Money(Decimal(5), "GBP"),
        "owner": Owner(OwnerKind.CONSIGNED, ANNE),
    }
    assert faults("sku;title\nB-1;\n;Coat\n") == [(2, "title"), (3, "sku")]
    assert faults(f"sku;title\n{'s' * 201};Coat\n") == [(2, "sku")]


TRICKY = st.text(alphabet="=+-@'\" \t\r\n;,＝|Ab1é", min_size=1, max_size=8)
TEXTS = st.one_of(st.text(min_size=1, max_size=12), TRICKY).filter(lambda text: "\0" not in text)
AMOUNTS = st.decimals(-5, 9999, places=4, allow_nan=False)


@st.composite
def any_article(draw: st.DrawFn, number: int) -> Article:
    """Whatever people, files and marketplaces may have said of one."""
    currency = draw(st.sampled_from(["GBP", "EUR"]))
    owner = draw(
        st.sampled_from(
            [
                Owner(),
                Owner(OwnerKind.UNKNOWN),
                *(Owner(OwnerKind.CONSIGNED, UUID(int=n)) for n in (501, 502, 9)),
            ]
        )
    )
    amounts = st.none() | AMOUNTS.map(lambda amount: Money(amount, currency))
    return made(
        number,
        sku=clean_sku(draw(st.none() | TEXTS)),
        title=draw(TEXTS | st.just("t" * 900)),
        price=draw(amounts),
        cost=draw(amounts),
        brand=draw(st.none() | TEXTS),
        location=draw(st.none() | TEXTS),
        thumbnail_url=draw(st.none() | TEXTS),
        owner=owner,
        owner_given=draw(st.booleans()),
        opened_at=draw(st.none() | st.just(T0)),
        free=draw(st.integers(0, 9)),
    )


@settings(deadline=None, max_examples=300)
@given(st.tuples(any_article(1), any_article(2), any_article(3)))
def test_an_export_read_back_changes_nothing(articles: tuple[Article, ...]) -> None:
    distinct = list({one.sku or one.id: one for one in articles}.values())
    text = sheet_head() + sheet_lines([cells_of(one, CONSIGNORS) for one in distinct])
    plan = planned(text, distinct)
    assert (plan.faults, plan.planned, plan.same) == ([], [], len(distinct))


def test_an_export_has_the_columns_of_an_import_and_no_formula() -> None:
    danger = made(title="=cmd|' /C calc'!A0", brand="@x", location="-1", sku="+1")
    text = sheet_head() + sheet_lines([cells_of(danger, CONSIGNORS)])
    head, row = text.splitlines()
    assert head == "\ufeff" + ",".join(COLUMNS)
    assert [cell for cell in row.split(",") if cell.strip('"').startswith(("=", "+", "-", "@"))] == []
