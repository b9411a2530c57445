"""What delists against bad marketplaces cost: the least calls they could do with, and those no marketplace asked for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]

CHANGES = {"shopify": "inventorySetQuantities", "ebay": "withdrawOffer"}
"""The operation that takes a listing down."""
READS = {"shopify": "productVariant", "ebay": "getOffer"}
"""The operation that reads it back."""
NOT_OF_DELISTS = frozenset(
    {
        "token",
        "getUser",
        "getTopic",
        "getConfig",
        "getSubscriptions",
        "getDestinations",
        "currentAppInstallation",
    }
    | {"webhookSubscriptions", "webhookSubscriptionCreate", "shop"}
)
"""Tokens and subscriptions, which cost the same without a delist. Orders count: nothing here calls for reading them."""
GOOD_CALLS = 2
"""What a delist takes at a good marketplace: the call that takes it down and the reading that proves it."""
MOST = 1.3
ON_THEIR_WAY = 0.5
"""Seconds after a refusal in which calls to other listings may still arrive: they went out before it was heard."""


def made_necessary(call: Row) -> int:
    """Calls that what struck this one makes necessary, whoever makes them, beyond those of a good marketplace.

    One where it brought nothing: the reading, or the change that was refused, must be made again. One where a change
    shows late: the reading that came too early. None where it took effect and only its answer was lost: the reading
    that proves it is made anyway. The reading that rule 3 wants before a change is repeated is not allowed for.
    """
    if call["fault"] is None:
        return 0
    changes = call["operation"] in CHANGES.values()
    return 0 if changes and call["effects"] and call["fault"] != "effect_delayed" else 1


@dataclass(frozen=True)
class Early:
    """A call to an account before the end of a Retry-After it had been given: how many seconds after that answer."""

    account: str
    listing: str | None
    after: float


@dataclass
class DelistFigures:
    """What became of so many delists. `held` says whether that is as it must be."""

    delists: int
    calls: int
    least: int
    struck: Mapping[str, int]
    wrong: Sequence[str]
    """Listings that a buyer can still buy."""
    doubled: Sequence[str]
    """Listings that more than one call changed."""
    early: Sequence[Early]
    outcomes: Mapping[str, int]
    unfinished: int = 0
    seconds: float = 0.0
    refusals: int = 0
    """Answers that said when to come back."""
    by_operation: Mapping[str, int] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Calls made to the least there could be."""
        return self.calls / self.least

    @property
    def held(self) -> bool:
        """All are off sale and said so once, within the calls, no listing changed twice, nobody called early."""
        told = self.outcomes == {"listing.delisted": self.delists}
        broken = self.wrong or self.doubled or self.early or self.unfinished
        return told and not broken and self.ratio <= MOST

    def lines(self) -> list[str]:
        """As it is printed."""
        struck = ", ".join(f"{count} × {mode}" for mode, count in sorted(self.struck.items()))
        made = ", ".join(f"{count} {name}" for name, count in sorted(self.by_operation.items()))
        ended = ", ".join(f"{count} {topic}" for topic, count in sorted(self.outcomes.items()))
        extra = self.least - GOOD_CALLS * self.delists
        return [
            f"{self.delists} delists in {self.seconds:.0f} s; said: {ended}; unfinished {self.unfinished}",
            f"struck: {struck}: {sum(self.struck.values())} of {self.calls} calls",
            f"calls {self.calls} ({made})",
            f"least {self.least}: {GOOD_CALLS} for each delist, and {extra} that faults made necessary (one for each "
            "that brought nothing or showed late, none where only the answer of a change was lost)",
            f"ratio {self.ratio:.3f}, at most {MOST:g}",
            f"still for sale: {len(self.wrong)} {list(self.wrong[:5])}",
            f"changed more than once: {len(self.doubled)} {list(self.doubled[:5])}",
            f"before the end of one of {self.refusals} Retry-Afters: {len(self.early)} {list(self.early[:5])}",
            "HELD" if self.held else "BROKEN",
        ]


def figures(calls: Iterable[Row], listings: Iterable[Row], retry_after: Mapping[str, float]) -> DelistFigures:
    """Judge the truth: every call since the first target, the delisted listings, seconds of Retry-After by platform."""
    made = [call for call in calls if call["operation"] not in NOT_OF_DELISTS]
    rows = list(listings)
    return DelistFigures(
        delists=len(rows),
        calls=len(made),
        least=GOOD_CALLS * len(rows) + sum(made_necessary(call) for call in made),
        struck=Counter(_told(call) for call in made if call["fault"] is not None),
        wrong=[f"{row['platform']} {row['listing']}" for row in rows if row["buyable"]],
        doubled=_changed_again(made),
        early=early_calls(made, retry_after),
        outcomes={},
        refusals=sum(1 for call in made if call["status"] == 429),
        by_operation=Counter(call["operation"] for call in made),
    )


def _told(call: Row) -> str:
    return str(call["status"]) if call["fault"] in ("status", "throttle") else str(call["fault"])


def _changed_again(calls: Iterable[Row]) -> list[str]:
    changed = Counter(
        f"{call['platform']} {effect['listing']}"
        for call in calls
        for effect in call["effects"]
        if effect["changed"]
    )
    return [listing for listing, times in changed.items() if times > 1]


def early_calls(calls: Iterable[Row], retry_after: Mapping[str, float]) -> list[Early]:
    """Calls to an account between a 429 and the end of its Retry-After.

    A call to the refused listing is always a retry; one to another listing is none while it may have been on its way.
    """
    found = []
    by_account: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for call in sorted(calls, key=lambda one: float(one["monotonic"])):
        by_account[call["platform"], call["account"]].append(call)
    for (platform, account), theirs in by_account.items():
        for n, refused in enumerate(theirs):
            if refused["status"] == 429:
                answered = refused["monotonic"] + refused["ms"] / 1000
                for call in theirs[n + 1 :]:
                    after = call["monotonic"] - answered
                    if after >= retry_after[platform]:
                        break
                    again = call["listing"] == refused["listing"] and after > 0
                    if again or after > ON_THEIR_WAY:
                        found.append(Early(account, call["listing"], round(after, 3)))
    return found
