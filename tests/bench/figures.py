"""Figures of a run: latencies, rates, ratios, and how they are printed."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Latency:
    """Milliseconds: median, 99th percentile, largest, and how many were measured."""

    p50: float
    p99: float
    max: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Latency:
        """From single measurements in milliseconds; raises ValueError when there are none."""
        if not values:
            raise ValueError("nothing was measured")
        ordered = sorted(values)

        def at(share: float) -> float:
            return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

        return cls(at(0.5), at(0.99), ordered[-1], len(ordered))


@dataclass
class Report:
    """Rows of (section, what, Soldwire, floor, unit, ratio, aim)."""

    settings: dict[str, object] = field(default_factory=dict)
    rows: list[dict[str, object]] = field(default_factory=list)
    section: str = ""
    """Which one the next rows are of."""

    def compare(self, what: str, ours: float, floor: float, unit: str, aim: str = "") -> None:
        """A figure beside its floor."""
        ratio = ours / floor if floor else float("nan")
        self._add({"what": what, "soldwire": ours, "floor": floor, "unit": unit, "ratio": ratio, "aim": aim})

    def note(self, what: str, ours: float, unit: str, aim: str = "") -> None:
        """A figure without a floor."""
        self._add({"what": what, "soldwire": ours, "unit": unit, "aim": aim})

    def _add(self, row: dict[str, object]) -> None:
        """Each figure is told as soon as it is known: a run takes minutes."""
        print(f"{row['what']}: {row['soldwire']:,.1f} {row['unit']}", file=sys.stderr, flush=True)
        self.rows.append({"section": self.section, **row})

    def table(self) -> str:
        """As a Markdown table."""
        lines = ["| what | Soldwire | floor | ratio | aim |", "|---|---:|---:|---:|---|"]
        for row in self.rows:
            ours = f"{row['soldwire']:,.1f} {row['unit']}"
            floor = f"{row['floor']:,.1f} {row['unit']}" if "floor" in row else ""
            ratio = f"{row['ratio']:.2f}" if "ratio" in row else ""
            lines.append(f"| {row['what']} | {ours} | {floor} | {ratio} | {row.get('aim', '')} |")
        return "\n".join(lines)

    def as_json(self, before: Mapping[str, Any] | None = None) -> dict[str, object]:
        """Everything, for machines; of an earlier run's what this one did not measure."""
        before = before or {"settings": {}, "rows": []}
        anew = {row["section"] for row in self.rows}
        rows = [row for row in before["rows"] if row["section"] not in anew] + self.rows
        return {"settings": {**before["settings"], **self.settings}, "rows": rows}
