"""Inputs nobody meant: real ones with a few things in them changed, cut, doubled or replaced by nonsense."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

Json = Any
Known = Mapping[str, Sequence[str]]
"""By the name of a field, what is really there under it."""
JUNK: Sequence[Json] = (
    None,
    True,
    "",
    " ",
    "\u0000",
    "\ud800",
    "x" * 10_000,
    "".join(
        random.Random(1).choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789", k=9000)
    ),  # not compressible
    "' or 1=1 --",
    "<script>",
    "2026-13-45T99:99:99Z",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "-0",
    "1e400",
    "NaN",
    -1,
    0,
    2**31,
    2**63,
    2**70,
    1e308,
    0.1 + 0.2,
    [],
    {},
    [[[[[[]]]]]],
    {"amount": "1", "currency": "GBPX"},
    "00000000-0000-0000-0000-000000000000",
    "👗" * 300,
)
WHOLE: Sequence[bytes] = (
    b"",
    b"null",
    b"[]",
    b'""',
    b"0",
    b"{",
    b"\xff\xfe\x00",
    b"\xef\xbb\xbf{}",
    b"[" * 50_000,
    b'{"a":' * 20_000,
    b'{"id": 1' + b"0" * 5000 + b"}",
    b"<?xml version='1.0'?><a/>",
    b"\x00" * 1000,
)


def paths(value: Json, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value below its root."""
    items: Iterator[tuple[Any, Json]] = iter(())
    if isinstance(value, dict):
        items = iter(value.items())
    elif isinstance(value, list):
        items = iter(enumerate(value))
    for key, inner in items:
        yield (*at, key)
        yield from paths(inner, (*at, key))


class Fuzz:
    """A source of inputs that the seed decides."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def uuid(self) -> str:
        """An id nobody has."""
        return str(UUID(bytes=self.chance.randbytes(16), version=4))

    def anew(self, sample: Json, own: Sequence[str] = (), known: Known | None = None) -> Json:
        """A copy that is not taken for one sent before: new ids in the fields of `own`, half of the time real ones in
        those that are known, and a long number here and there become another one, wherever it stands.
        """
        real = known if known and self.chance.random() < 0.5 else {}
        numbers: dict[int, int] = {}

        def copied(value: Json, name: str = "") -> Json:
            if isinstance(value, dict):
                return {key: copied(inner, key) for key, inner in value.items()}
            if isinstance(value, list):
                return [copied(inner, name) for inner in value]
            if name in own:
                return self.uuid()
            if real.get(name):
                return self.chance.choice(real[name])
            if name in ("revision", "version") and real:
                return self.chance.randint(1, 100)
            if isinstance(value, int) and value > 10**6:
                new = self.chance.randrange(10**12) if self.chance.random() < 0.3 else value
                return numbers.setdefault(value, new)
            return value

        return copied(sample)

    def changed(self, sample: Json) -> Json:
        """A copy of a sample with one to three places changed."""
        value = json.loads(json.dumps(sample))
        for _ in range(self.chance.randint(1, 3)):
            found = list(paths(value))
            if not found:
                return copy.deepcopy(self.chance.choice(JUNK))
            self._change(value, self.chance.choice(found))
        return value

    def _change(self, value: Json, path: Sequence[Any]) -> None:
        holder = value
        for key in path[:-1]:
            holder = holder[key]
        last, luck = path[-1], self.chance.random()
        if luck < 0.15:
            del holder[last]
        elif luck < 0.3 and isinstance(holder, list):
            holder.extend([holder[last]] * 3)
        elif luck < 0.4:
            holder[last] = {str(holder[last])[:50]: holder[last]}
        else:
            holder[last] = copy.deepcopy(self.chance.choice(JUNK))

    def body(self, samples: Sequence[Json]) -> bytes:
        """Bytes to send: mostly a changed sample, some left as they are, some broken as text, some no JSON at all."""
        sample, luck = self.chance.choice(samples), self.chance.random()
        if luck < 0.1:
            return self.chance.choice(WHOLE)
        value = sample if luck > 0.9 else self.changed(sample)
        text = json.dumps(value).encode("utf-8", "surrogatepass")
        return self.broken(text) if luck < 0.33 else text

    def broken(self, text: bytes) -> bytes:
        """Text that is cut, has bytes changed, or ends with a zero."""
        luck = self.chance.random()
        if luck < 0.45:
            return text[: self.chance.randrange(len(text) + 1)]
        if luck < 0.9:
            return self._flipped(text)
        return text.replace(b"\\u", b"\\x") + b"\x00"

    def table(self, csv: bytes) -> bytes:
        """A CSV file: lines doubled, left out or in another order, cells replaced; or broken as text."""
        if self.chance.random() < 0.1:
            return self.chance.choice(WHOLE)
        lines = csv.decode().splitlines()
        for _ in range(self.chance.randint(1, 4)):
            self._change_line(lines)
        text = "\r\n".join(lines).encode("utf-8", "surrogatepass")
        return self.broken(text) if self.chance.random() < 0.3 else text

    def _change_line(self, lines: list[str]) -> None:
        at, luck = self.chance.randrange(len(lines)), self.chance.random()
        if luck < 0.15:
            lines.insert(at, self.chance.choice(lines))
        elif luck < 0.25 and len(lines) > 1:
            lines.pop(at)
        else:
            cells = lines[at].split(",")
            cells[self.chance.randrange(len(cells))] = str(self.chance.choice(JUNK))
            lines[at] = ",".join(cells)

    def _flipped(self, text: bytes) -> bytes:
        changed = bytearray(text)
        for _ in range(min(len(changed), self.chance.randint(1, 5))):
            changed[self.chance.randrange(len(changed))] = self.chance.randrange(256)
        return bytes(changed)

    def noise(self, most: int = 40) -> bytes:
        """A few bytes of any kind."""
        return self.chance.randbytes(self.chance.randrange(most))

    def headers(self) -> list[tuple[str, bytes]]:
        """Kafka headers, readable or not."""
        names = ("traceparent", "tracestate", "content-type", "", "x" * 200)
        return [(self.chance.choice(names), self.noise()) for _ in range(self.chance.randrange(4))]
