"""The owner rules: whose an article is that nobody has given an owner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from inventory.domain.matching import clean_sku
from inventory.domain.owners import Owner


class RuleKind(StrEnum):
    """What a rule looks at."""

    SKU_PREFIX = "sku_prefix"
    VENDOR = "vendor"


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """Articles whose SKU begins with `value`, or that a listing of this vendor shows, belong to this owner."""

    kind: RuleKind
    value: str
    owner: Owner

    @property
    def key(self) -> tuple[RuleKind, str]:
        """What it is known by: prefixes keep their case as SKUs do, vendors are compared without it."""
        folded = fold_vendor(self.value) or ""
        return (self.kind, folded if self.kind is RuleKind.VENDOR else self.value)


def fold_vendor(vendor: str | None) -> str | None:
    """A vendor as it is compared: trimmed, case folded; None when nothing is left."""
    return (clean_sku(vendor) or "").casefold() or None


class OwnerRules:
    """A tenant's rules. The longest SKU prefix wins, then the vendor of a listing that shows the article, then the default."""

    def __init__(self, rules: Iterable[OwnerRule] = (), default: Owner | None = None) -> None:
        self.default = default or Owner()
        self._by_key = {rule.key: rule for rule in rules}
        prefixes = {len(value) for kind, value in self._by_key if kind is RuleKind.SKU_PREFIX}
        self._lengths = sorted(prefixes, reverse=True)

    def rule_for(self, sku: str | None, vendors: Iterable[str | None]) -> OwnerRule | None:
        """The rule that takes an article with this SKU and these vendors of its listings, in their order."""
        for length in self._lengths:
            if sku is not None and len(sku) >= length:
                found = self._by_key.get((RuleKind.SKU_PREFIX, sku[:length]))
                if found is not None:
                    return found
        for vendor in vendors:
            found = self._by_key.get((RuleKind.VENDOR, fold_vendor(vendor) or ""))
            if found is not None:
                return found
        return None

    def owner_of(self, sku: str | None, vendors: Iterable[str | None]) -> Owner:
        """Whose such an article is."""
        rule = self.rule_for(sku, vendors)
        return rule.owner if rule else self.default
