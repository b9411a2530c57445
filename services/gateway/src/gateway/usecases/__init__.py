"""One function, one transaction; with the words of the domain that routes pass on."""

from gateway.domain.access import KeyHolder, SessionRules, Visitor, proves
from gateway.domain.live import Hub
from gateway.usecases.access import (
    NewSeller,
    check_password,
    close_session,
    count_sign_in,
    create_seller,
    erase,
    find_user,
    fresh_form,
    hash_password,
    issue_key,
    open_session,
    revoke_key,
    sweep,
    use_key,
    visit,
)

__all__ = [
    "Hub",
    "KeyHolder",
    "NewSeller",
    "SessionRules",
    "Visitor",
    "check_password",
    "close_session",
    "count_sign_in",
    "create_seller",
    "erase",
    "find_user",
    "fresh_form",
    "hash_password",
    "issue_key",
    "open_session",
    "proves",
    "revoke_key",
    "sweep",
    "use_key",
    "visit",
]
