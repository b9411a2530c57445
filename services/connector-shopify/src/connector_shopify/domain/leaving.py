"""What a seller reads of a shop he has disconnected: what was removed at Shopify, and what is left for him to do there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Outcome = Literal["under_way", "done", "refused", "unreached", "closed", "called_off"]

DISCONNECTED = "The seller disconnected this account in Soldwire."
_BY_HAND = "open Settings, then Apps and sales channels in Shopify, and uninstall it."
_OWN_APP = "The app is the shop's own and stays: delete it in Shopify if nobody else needs it."
_OURS: Mapping[Outcome, str] = {
    "under_way": "Soldwire is being removed from the shop's apps at Shopify.",
    "done": "Soldwire was removed from the shop's apps at Shopify.",
    "refused": f"Shopify no longer lets Soldwire into this shop. If it is still among the shop's apps, {_BY_HAND}",
    "unreached": f"Shopify could not be reached to remove Soldwire from the shop's apps. To do it yourself, {_BY_HAND}",
    "closed": "Soldwire can't open the sign-in it kept for this shop, so it could not remove itself there. If it is still among "
    f"the shop's apps, {_BY_HAND}",
    "called_off": "Soldwire stays among the shop's apps, for the shop was being connected again.",
}
_OWN: Mapping[Outcome, str] = {
    "under_way": f"The shop's notifications to Soldwire are being ended at Shopify. {_OWN_APP}",
    "done": f"The shop's notifications to Soldwire were ended at Shopify. {_OWN_APP}",
    "refused": "Shopify no longer lets Soldwire into this shop, so its notifications could not be ended. Soldwire refuses them. "
    + _OWN_APP,
    "unreached": "Shopify could not be reached to end the shop's notifications. Soldwire refuses them. "
    + _OWN_APP,
    "closed": "Soldwire can't open the sign-in it kept for this shop, so its notifications could not be ended. Soldwire refuses "
    f"them. {_OWN_APP}",
    "called_off": "The shop was being connected again, so its notifications stay.",
}


def words_of(outcome: Outcome, *, our_app: bool) -> str:
    """Why the account does not work, and what became of our access at Shopify. `our_app`: it was ours, not the shop's own."""
    return f"{DISCONNECTED} {(_OURS if our_app else _OWN)[outcome]}"


def is_under_way(reason: str | None, *, our_app: bool) -> bool:
    """Whether an account of this reason is just having its shop told."""
    return reason == words_of("under_way", our_app=our_app)
