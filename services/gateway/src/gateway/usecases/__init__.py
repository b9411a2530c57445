"""One function, one transaction; with the words of the domain that routes pass on."""

from gateway.domain.access import KeyHolder, SessionRules, User, Visitor, proves
from gateway.domain.live import Hub
from gateway.domain.pace import API_PACES, Meter
from gateway.domain.shops import shop_domain
from gateway.usecases.access import (
    NewSeller,
    arrival_mark,
    arrival_of,
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
    session_mark,
    sweep,
    use_key,
    visit,
)

__all__ = [
    "API_PACES",
    "Hub",
    "KeyHolder",
    "Meter",
    "NewSeller",
    "SessionRules",
    "User",
    "Visitor",
    "arrival_mark",
    "arrival_of",
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
    "session_mark",
    "shop_domain",
    "sweep",
    "use_key",
    "visit",
]
