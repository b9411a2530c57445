"""Couriers: every test number of the data, check digits that catch what they can, names, and what a parcel shows."""

from __future__ import annotations

import json
from hashlib import sha256
from math import gcd
from pathlib import Path

import pytest
from courier_table import DATA, Given, courier_of, given, row_of, total
from hypothesis import given as drawn
from hypothesis import strategies as st
from pydantic import ValidationError
from sales_ledger.domain import Shipment
from sales_ledger.domain.couriers import (
    Catalogue,
    Checksum,
    Courier,
    Format,
    KnownBy,
    Names,
    folded,
    parcel,
)
from sales_ledger.wire import catalogue, courier_views, recognised_view
from sales_ledger.wire.couriers import ChecksumFile, FormatFile

GIVEN = list(given())
VALID = [(one.format, number) for one in GIVEN for number in one.valid]
INVALID = [(one.format, number) for one in GIVEN for number in one.invalid]
SHARED = Path(__file__).parents[4] / "shared" / "marketplaces"


def named(pair: tuple[Format, str]) -> str:
    return f"{pair[0].name}: {pair[1].strip()}"


def one_format(name: str) -> Format:
    return next(form for form in catalogue().formats if form.name == name)


@pytest.mark.parametrize("pair", VALID, ids=named)
@pytest.mark.parametrize("written", [str, str.lower, folded], ids=["as given", "lower case", "no spaces"])
def test_every_valid_number_of_the_data_is_recognised(pair: tuple[Format, str], written: object) -> None:
    form, number = pair
    assert callable(written)
    number = written(number)
    match = form.match(folded(number))
    assert match is not None
    assert match.verified is (form.checksum is not None)
    found = catalogue().recognise(number)
    assert courier_of(catalogue(), form, number) in {candidate.courier for candidate in found}
    assert all(candidate.verified or not match.verified for candidate in found)


@pytest.mark.parametrize("pair", INVALID, ids=named)
def test_no_invalid_number_of_the_data_is_of_its_format(pair: tuple[Format, str]) -> None:
    form, number = pair
    assert form.match(folded(number)) is None
    assert form.name not in {name for c in catalogue().recognise(number) for name in c.formats}


def test_the_table_adds_up_to_the_whole_data() -> None:
    whole = total([row_of(one) for one in GIVEN])
    assert (whole.valid, whole.recognised, whole.alone, whole.beside) == (192, 192, 186, 6)
    assert (whole.invalid, whole.accepted) == (88, 0)
    assert len(GIVEN) == len(catalogue().formats) == 39
    assert all(one.valid and one.invalid for one in GIVEN)


def _catches_every_digit(checksum: Checksum | None) -> bool:
    """Whether a check digit changes with any single digit: with all multipliers coprime to ten, and by design."""
    if checksum is None:
        return False
    if checksum.name == "mod10":
        return all(gcd(m, 10) == 1 for m in (checksum.evens_multiplier, checksum.odds_multiplier))
    return checksum.name in ("luhn", "mod_37_36")


CATCHING = [one for one in GIVEN if _catches_every_digit(one.format.checksum)]


def test_the_formats_whose_check_digit_catches_every_changed_digit() -> None:
    assert {one.file for one in CATCHING} == {
        *("canadapost.json", "fedex.json", "usps.json", "dpd.json", "old_dominion.json", "purolator.json")
    }


@pytest.mark.parametrize("one", CATCHING, ids=str)
@drawn(data=st.data())
def test_one_changed_digit_of_what_is_checked_is_never_verified(one: Given, data: st.DataObject) -> None:
    number = folded(data.draw(st.sampled_from(one.valid)))
    found = one.format.pattern.fullmatch(number)
    assert found is not None
    start, end = found.span("SerialNumber")
    places = (*range(start, end), *range(*found.span("CheckDigit")))
    place = data.draw(st.sampled_from([p for p in places if number[p].isdigit()]))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
    changed = number[:place] + digit + number[place + 1 :]
    assert one.format.match(changed) is None


@drawn(
    st.sampled_from([one.format.checksum for one in CATCHING if one.format.checksum]),
    st.text("0123456789", min_size=5, max_size=27),
    st.data(),
)
def test_such_a_check_digit_differs_for_any_other_digit(
    checksum: Checksum, serial: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(serial) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != serial[place]]))
    changed = serial[:place] + other + serial[place + 1 :]
    assert checksum.expected(changed) != checksum.expected(serial)


@drawn(st.sampled_from(GIVEN), st.data())
def test_a_wrong_check_digit_is_refused_by_every_format_that_has_one(one: Given, data: st.DataObject) -> None:
    if one.format.checksum is None:
        return
    number = folded(data.draw(st.sampled_from(one.valid)))
    found = one.format.pattern.fullmatch(number)
    assert found is not None
    (place, _), right = found.span("CheckDigit"), found["CheckDigit"]
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != right]))
    assert one.format.match(number[:place] + wrong + number[place + 1 :]) is None


@drawn(st.text(max_size=300))
def test_nothing_a_person_types_breaks_it(text: str) -> None:
    for candidate in catalogue().recognise(text):
        assert candidate.courier


@pytest.mark.parametrize(
    ("name", "serial", "check"),
    [
        # Worked examples of the standards, not of the data.
        (Checksum("luhn"), "7992739871", "3"),  # ISO/IEC 7812-1
        (Checksum("s10", weightings=(8, 6, 4, 2, 3, 5, 9, 7)), "47312482", "9"),  # UPU S10
        (Checksum("mod_37_36"), "A12425GABC1234002", "M"),  # ISO/IEC 7064, as GRid
    ],
)
def test_check_digits_of_the_standards(name: Checksum, serial: str, check: str) -> None:
    assert name.expected(serial) == check


def test_a_verified_check_digit_beats_a_match_without() -> None:
    loose = Format("Loose", "any ten", one_format("DHL Express").pattern)
    names = Names((Courier("DHL"), Courier("Loose")))
    both = Catalogue([loose, one_format("DHL Express")], names)
    assert [(c.courier, c.verified) for c in both.recognise("3318810025")] == [("DHL", True)]
    assert [(c.courier, c.verified) for c in both.recognise("3318810026")] == [("Loose", False)]


def test_several_that_nothing_tells_apart_are_said_not_guessed() -> None:
    found = recognised_view("2878 0946 8872")
    assert (found.courier, found.verified, found.number) == (None, True, "287809468872")
    assert [candidate.courier for candidate in found.candidates] == ["FedEx", "Purolator"]


@pytest.mark.parametrize(
    ("number", "courier"),
    [
        ("RB123456785GB", "Royal Mail"),
        ("rb 12 345 678 5 us", "USPS"),
        ("RB123456785AU", "Australia Post"),
        ("RB123456785FR", "La Poste"),
        ("RB123456785CV", "Correios de Cabo Verde"),
        ("RB123456785XX", None),
        ("RB123456784GB", None),
        ("", None),
        ("1" * 65, None),
        ("ＲＢ１２３４５６７８５ＧＢ", None),
    ],
)
def test_postal_numbers_name_the_post_of_their_country(number: str, courier: str | None) -> None:
    assert [candidate.courier for candidate in catalogue().recognise(number)] == (
        [courier] if courier else []
    )


@pytest.mark.parametrize(
    ("word", "platform", "courier"),
    [
        ("RoyalMail", "ebay", "Royal Mail"),
        ("ROYAL_MAIL", "ebay", "Royal Mail"),
        ("royal mail", "depop", "Royal Mail"),
        ("Hermes", "ebay", "Evri"),
        ("Hermes", "depop", "Evri"),
        ("Hermes", "shopify", "Hermes Germany"),
        ("Evri", "shopify", "Evri"),
        ("DHL Express", "shopify", "DHL Express"),
        ("Lietuvos Paštas", "shopify", "Lietuvos paštas"),
        ("エコ配", "shopify", "エコ配"),
        (" Bob's Bikes ", "ebay", "Bob's Bikes"),
        ("Other", "ebay", None),
        ("CustomCode", "ebay", None),
        ("  ", "depop", None),
        (None, "depop", None),
    ],
)
def test_a_platforms_word_is_one_name(word: str | None, platform: str, courier: str | None) -> None:
    assert catalogue().names.resolve(word, platform) == courier


def test_the_platforms_word_wins_over_the_number() -> None:
    said = Shipment("Parcelforce", "RB123456785GB", None, None)
    shown = parcel(catalogue(), said, "ebay")
    assert (shown.courier, shown.courier_known_by, shown.candidates) == ("Parcelforce", KnownBy.PLATFORM, ())
    assert shown.tracking_url == "https://www.parcelforce.com/track-trace?trackNumber=RB123456785GB"


def test_a_bare_number_tells_the_courier_and_its_page() -> None:
    shown = parcel(catalogue(), Shipment("Other", "1z5r 8939 0357 5671 27", None, None), "ebay")
    assert (shown.courier, shown.courier_known_by, shown.courier_verified) == ("UPS", KnownBy.NUMBER, True)
    assert shown.tracking_url == (
        "https://wwwapps.ups.com/WebTracking/track?track=yes&trackNums=1Z5R89390357567127"
    )
    assert shown.tracking_number == "1z5r 8939 0357 5671 27"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://track.example/1", "https://track.example/1"),
        ("javascript:alert(1)", "https://www.evri.com/track/parcel/H00AAA%2F1"),
        (None, "https://www.evri.com/track/parcel/H00AAA%2F1"),
    ],
)
def test_the_platforms_link_wins_where_it_is_one(url: str | None, shown: str) -> None:
    assert parcel(catalogue(), Shipment("Hermes", "h00aaa/1", url, None), "ebay").tracking_url == shown


def test_a_form_without_a_check_digit_is_not_verified() -> None:
    shown = parcel(catalogue(), Shipment(None, "60120172242323", None, None), "depop")
    assert (shown.courier, shown.courier_known_by, shown.courier_verified) == ("DHL", KnownBy.NUMBER, False)


def test_an_ambiguous_number_shows_its_candidates_and_no_page() -> None:
    shown = parcel(catalogue(), Shipment(None, "287809468872", None, None), "depop")
    assert (shown.courier, shown.courier_known_by, shown.tracking_url) == (None, None, None)
    assert shown.candidates == ("FedEx", "Purolator")


def test_an_unknown_courier_is_kept_as_it_is_without_a_page() -> None:
    shown = parcel(catalogue(), Shipment("Bob's Bikes", "RB123456785GB", None, None), "ebay")
    assert (shown.courier, shown.courier_known_by, shown.tracking_url) == (
        "Bob's Bikes",
        KnownBy.PLATFORM,
        None,
    )


def test_couriers_known_by_name_only_are_listed_beside_the_others() -> None:
    views = {view.name: view for view in courier_views()}
    by_name = ("Evri", "InPost", "GLS", "Mondial Relay", "Parcelforce")
    assert all(not views[name].by_number for name in by_name)
    by_number = ("Royal Mail", "UPS", "USPS", "FedEx", "DHL", "DPD", "Yodel", "YunExpress", "Amazon")
    assert all(views[name].by_number for name in by_number)
    assert list(views) == [courier.name for courier in catalogue().couriers()]
    files = {path.name for path in DATA.glob("*.json")} - {"names.json", "s10.json"}
    assert len(files) == 17


@pytest.mark.skipif(not SHARED.exists(), reason="the marketplaces' files are not on this machine")
def test_every_courier_shopify_lists_is_known_by_name() -> None:
    listed = json.loads((SHARED / "shopify" / "tracking_companies_2026-10.json").read_text())
    names = {*listed["any_country"], *(name for some in listed["by_country"].values() for name in some)}
    assert len(names) == 173
    assert {name for name in names if catalogue().names.find(name, "shopify") is None} == set()


def test_the_formats_are_shipped_as_they_were_published() -> None:
    sums = [
        line.split() for line in (DATA / "SHA256SUMS").read_text().splitlines() if not line.startswith("#")
    ]
    assert {name: digest for digest, name in sums} == {
        path.name: sha256(path.read_bytes()).hexdigest()
        for path in DATA.iterdir()
        if path.name not in ("names.json", "SHA256SUMS")
    }


def test_every_link_is_https_and_holds_any_number_encoded() -> None:
    known = catalogue()
    urls = [form.tracking_url for form in known.formats] + [one.tracking_url for one in known.names.couriers]
    for url in filter(None, urls):
        assert (url.startswith("https://"), url.count("%s")) == (True, 1), url
    assert known.link("DHL", "JVGL 12/3&x=ü") == (
        "https://www.dhl.com/en/express/tracking.html?brand=DHL&AWB=JVGL12%2F3%26X%3D%C3%9C"
    )


def test_one_spelling_of_two_couriers_is_refused() -> None:
    with pytest.raises(ValueError, match="POST NL names two couriers"):
        Names((Courier("PostNL"), Courier("Post of the Netherlands", also=("POST NL",))))


def test_a_check_we_do_not_have_is_refused_rather_than_passed_over() -> None:
    with pytest.raises(ValidationError):
        ChecksumFile.model_validate({"name": "verhoeff"})
    with pytest.raises(ValidationError):
        FormatFile.model_validate({"name": "F", "regex": ".*", "validation": {"checksum": {}}})
