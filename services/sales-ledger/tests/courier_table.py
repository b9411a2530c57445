"""The courier table: which of the data's own test numbers are taken for what (`python tests/courier_table.py`)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path

from sales_ledger.domain.couriers import Catalogue, Format, folded
from sales_ledger.wire import catalogue

DATA = Path(str(files("sales_ledger") / "couriers"))


@dataclass(frozen=True, slots=True)
class Given:
    """A format and the numbers its data gives: those that are of it, and those that are not."""

    file: str
    format: Format
    valid: tuple[str, ...]
    invalid: tuple[str, ...]

    def __str__(self) -> str:
        return self.format.name


@dataclass(frozen=True, slots=True)
class Row:
    """How one format fares. `alone`: recognised as one courier's; `beside`: as one of several."""

    couriers: str
    format: str
    check: str
    valid: int
    recognised: int
    alone: int
    beside: int
    invalid: int
    accepted: int


def given(folder: Path = DATA) -> Iterator[Given]:
    """Every format of the catalogue with the test numbers of the files in a folder."""
    formats = {(form.courier, form.name): form for form in catalogue().formats}
    for path in sorted(folder.glob("*.json")):
        if path.name == "names.json":
            continue
        read = json.loads(path.read_bytes())
        for form in read["tracking_numbers"]:
            numbers = form["test_numbers"]
            yield Given(
                path.name,
                formats[read["name"], form["name"]],
                tuple(numbers["valid"]),
                tuple(numbers["invalid"]),
            )


def courier_of(known: Catalogue, form: Format, number: str) -> str | None:
    """Whose number it is by one format alone."""
    match = form.match(folded(number))
    return None if match is None else known.names.resolve(match.courier)


def row_of(one: Given) -> Row:
    """What becomes of the numbers of one format."""
    known = catalogue()
    found = []
    for number in one.valid:
        couriers = {candidate.courier for candidate in known.recognise(number)}
        found.append(len(couriers) if courier_of(known, one.format, number) in couriers else 0)
    posts = sum(len(lookup.rows) for lookup in one.format.demanded)
    return Row(
        couriers=f"{posts} posts" if posts else known.names.resolve(one.format.courier) or "",
        format=one.format.name,
        check=one.format.checksum.name if one.format.checksum else "none",
        valid=len(one.valid),
        recognised=sum(couriers > 0 for couriers in found),
        alone=found.count(1),
        beside=sum(couriers > 1 for couriers in found),
        invalid=len(one.invalid),
        accepted=sum(one.format.match(folded(number)) is not None for number in one.invalid),
    )


def total(rows: Sequence[Row]) -> Row:
    """All formats together."""
    sums = {f.name: sum(getattr(row, f.name) for row in rows) for f in fields(Row)[3:]}
    return Row("all", f"{len(rows)} formats", "", **sums)


def lines(rows: Sequence[Row]) -> Iterator[str]:
    """The table in Markdown."""
    names = [f.name for f in fields(Row)]
    yield "| " + " | ".join(names) + " |"
    yield "|" + "---|" * 3 + "---:|" * (len(names) - 3)
    for row in (*rows, total(rows)):
        yield "| " + " | ".join(str(getattr(row, name)) for name in names) + " |"


def main() -> None:
    """Print the table; a folder named on the command line gives the test numbers instead of our own data."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    for line in lines([row_of(one) for one in given(folder)]):
        print(line)
    known = catalogue()
    by_number, all_of_them = len(known.recognisable()), len(known.couriers())
    files_read = sum(1 for path in DATA.glob("*.json") if path.name != "names.json")
    print(
        f"\n{by_number} couriers are known by their numbers ({files_read - 1} and the national posts), "
        f"{all_of_them - by_number} more by name only, {sum(map(known.has_link, (c.name for c in known.couriers())))} "
        "have a page to follow a parcel."
    )


if __name__ == "__main__":
    main()
