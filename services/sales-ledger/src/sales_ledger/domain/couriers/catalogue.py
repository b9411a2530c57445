"""All formats and names together: whose parcel a number may be, and where it can be followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from sales_ledger.domain.couriers.formats import Format, Match
from sales_ledger.domain.couriers.names import Courier, Names

LONGEST = 64
"""Characters of a tracking number without its spaces; the longest known has 44."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A courier a number may be of: by which formats, whether a check digit says so, and its page."""

    courier: str
    formats: tuple[str, ...]
    verified: bool
    tracking_url: str | None


def folded(number: str) -> str:
    """A tracking number as all formats take it: in capitals, without spaces."""
    return "".join(number.split()).upper()


class Catalogue:
    """The couriers of some formats and names. Formats speak of couriers as their data does; answers use our names."""

    def __init__(self, formats: Sequence[Format], names: Names) -> None:
        self.formats = tuple(formats)
        self.names = names
        self._own: dict[str, list[Format]] = {}
        for form in self.formats:
            for name in sorted(_couriers_of(form)):
                self._own.setdefault(self._name(name), []).append(form)
        self._urls = {name: _shared_url(own) for name, own in self._own.items()}
        self._urls |= {c.name: c.tracking_url for c in names.couriers if c.tracking_url}

    def recognise(self, number: str) -> tuple[Candidate, ...]:
        """Whom a bare number may be of, in any case, with or without spaces: none, one, or several that nothing tells apart.

        A verified check digit beats every match without one.
        """
        number = folded(number)
        found = _matches(self.formats, number)
        verified = any(match.verified for _, match in found)
        by_courier: dict[str, list[Format]] = {}
        for form, match in found:
            if match.verified is verified:
                by_courier.setdefault(self._name(match.courier), []).append(form)
        return tuple(
            Candidate(courier, tuple(f.name for f in forms), verified, self._url(courier, forms, number))
            for courier, forms in sorted(by_courier.items())
        )

    def link(self, courier: str, number: str) -> str | None:
        """A courier's page of a number: its format's where the number is of one, else its general one."""
        number = folded(number)
        own = [form for form, _ in _matches(self._own.get(courier, ()), number)]
        return self._url(courier, own, number)

    def couriers(self) -> list[Courier]:
        """Every courier of a format or a name, sorted by name."""
        known = {courier.name: courier for courier in self.names.couriers}
        for name in self.recognisable():
            known.setdefault(name, Courier(name))
        return [known[name] for name in sorted(known, key=lambda name: (name.casefold(), name))]

    def recognisable(self) -> set[str]:
        """The couriers whose numbers are known by their format."""
        return set(self._own)

    def has_link(self, courier: str) -> bool:
        """Whether any number of a courier has a page."""
        return self._urls.get(courier) is not None

    def _name(self, name: str) -> str:
        return self.names.resolve(name) or name

    def _url(self, courier: str, forms: Sequence[Format], number: str) -> str | None:
        own = next((form.tracking_url for form in forms if form.tracking_url), None)
        return _filled(own or self._urls.get(courier), number)


def _matches(formats: Sequence[Format], number: str) -> list[tuple[Format, Match]]:
    if len(number) > LONGEST or not number.isascii():
        return []
    return [(form, match) for form in formats if (match := form.match(number)) is not None]


def _couriers_of(form: Format) -> set[str]:
    """A format's courier, or those its numbers are told apart by."""
    posts = {row.courier for lookup in form.demanded for row in lookup.rows if row.courier}
    return posts or {form.courier}


def _shared_url(formats: Sequence[Format]) -> str | None:
    """The page of any number of a courier: the one that all its formats which have one share."""
    urls = {form.tracking_url for form in formats if form.tracking_url}
    return urls.pop() if len(urls) == 1 else None


def _filled(template: str | None, number: str) -> str | None:
    return None if template is None else template.replace("%s", quote(number, safe=""))
