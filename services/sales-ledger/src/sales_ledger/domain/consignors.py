"""Consignors: who gives articles to the shop to sell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Profile:
    """What a shop keeps of a consignor. The code is the shop's own and may leave the house; the rest does not."""

    code: str
    name: str
    email: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Consignor:
    """One consignor of a shop, at a revision that rises with every change."""

    consignor_id: UUID
    tenant_id: UUID
    profile: Profile
    created_at: datetime
    changed_at: datetime
    active: bool = True
    """Whether new articles may be given to him; what was given stays."""
    revision: int = 1

    def changed(
        self, now: datetime, *, profile: Profile | None = None, active: bool | None = None
    ) -> Consignor:
        """The consignor with another profile or state; the same ones change nothing."""
        after = replace(
            self,
            profile=self.profile if profile is None else profile,
            active=self.active if active is None else active,
        )
        return self if after == self else replace(after, revision=self.revision + 1, changed_at=now)

    @property
    def words(self) -> set[str]:
        """What he can be found by, in lower case."""
        texts = (self.profile.code, self.profile.name, self.profile.email or "")
        return {word[:64] for text in texts for word in (*text.lower().split(), text.lower()) if word}


@dataclass(frozen=True, slots=True)
class Change:
    """Who did what, when and why."""

    what: str
    by: str
    reason: str | None
    at: datetime
