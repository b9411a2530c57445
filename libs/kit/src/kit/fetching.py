"""How a consumer asks Kafka for records: long waits while it is quiet, one fetch a pace under load (ADR 0009)."""

from __future__ import annotations

from typing import Any

QUIET_WAIT_MS = 2000
"""How long the broker may keep a fetch open with nothing to say. It answers the first record at once, but nothing else
on that connection meanwhile: after a rebalance the first fetch may come so much later."""
IN_HAND_WAIT_MS = 500
"""The same while a batch is in hand: when it fails its records are fetched again only after the open fetch."""
ENOUGH_BYTES = 65_536
"""So much ends the gathering before the pace is over: there is a backlog."""


class Fetching:
    """Decides for each of one consumer's fetches how long the broker may wait, and for how much.

    aiokafka fetches the moment a batch was taken, and would get the first record to come and then the rest by a second
    fetch. So the fetch right after a batch lets the broker gather for the pace; every other one is answered as soon
    as there is a record. By aiokafka's private attributes, because it fixes both numbers for a consumer's life.
    """

    def __init__(self, fetcher: Any, pace: float) -> None:
        self._fetcher = fetcher
        self._pace_ms = round(pace * 1000)
        self._gathers = False
        self._in_hand = False
        self._plan = fetcher._get_actions_per_node
        fetcher._get_actions_per_node = self._planned

    def taken(self) -> None:
        """A batch was taken and its work begins."""
        self._in_hand = True
        self._gathers = self._pace_ms > 0

    def waits(self) -> None:
        """Nothing is in hand."""
        self._in_hand = False

    def _planned(self, assignment: Any) -> Any:
        """aiokafka's plan: the fetches to send now and what else it waits for."""
        self._fetcher._fetch_max_wait_ms = self._patience()
        self._fetcher._fetch_min_bytes = ENOUGH_BYTES if self._gathers else 1
        plan = self._plan(assignment)
        if plan[0]:
            self._gathers = False
        return plan

    def _patience(self) -> int:
        if self._gathers:
            return self._pace_ms
        return IN_HAND_WAIT_MS if self._in_hand else QUIET_WAIT_MS
