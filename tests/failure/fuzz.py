"""Inputs nobody meant: real ones with a few things in them changed, cut, doubled or replaced by nonsense."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

Json = Any
JUNK: Sequence[Json] = (
    None,
    True,
    "",
    " ",
    "\u0000",
    "\ud800",
    "x" * 10_000,
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

    def changed(self, sample: Json) -> Json:
        """A copy of a sample with one to three places changed."""
        value = json.loads(json.dumps(sample))
        for _ in range(self.chance.randint(1, 3)):
            found = list(paths(value))
            if not found:
                return self.chance.choice(JUNK)
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
            holder[last] = self.chance.choice(JUNK)

    def body(self, samples: Sequence[Json]) -> bytes:
        """Bytes to send: mostly a changed sample, some of them broken as text, some no JSON at all."""
        luck = self.chance.random()
        if luck < 0.1:
            return self.chance.choice(WHOLE)
        text = json.dumps(self.changed(self.chance.choice(samples))).encode("utf-8", "surrogatepass")
        if luck < 0.2:
            return text[: self.chance.randrange(len(text) + 1)]
        if luck < 0.3:
            return self._flipped(text)
        if luck < 0.33:
            return text.replace(b"\\u", b"\\x") + b"\x00"
        return text

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
