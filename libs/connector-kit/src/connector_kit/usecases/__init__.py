"""One function = one transaction's work: load, decide, save, emit."""

from connector_kit.usecases.accounts import (
    NewAccount,
    connect_account,
    connected_accounts,
    disconnect_account,
    erase_tenants,
    keep_credentials,
    login_needed,
    set_stock_master,
)
from connector_kit.usecases.intents import (
    Ended,
    OnReached,
    Work,
    begin_calls,
    end_work,
    load_work,
    put_off,
    take_targets,
)
from connector_kit.usecases.listings import (
    Gone,
    Observation,
    QuantityNews,
    end_listings,
    record_gone,
    record_listings,
    record_quantities,
)
from connector_kit.usecases.polls import (
    fail_poll,
    finish_poll,
    lease_polls,
    record_page,
    record_polled,
    sightings_of,
)
from connector_kit.usecases.runs import (
    LeaseLost,
    begin_run,
    fail_run,
    lease_runs,
    next_phase,
    record_listings_page,
    record_orders_page,
    since_of,
    take_requests,
)
from connector_kit.usecases.sales import Recorded, Sighting, record_lines
from connector_kit.usecases.webhooks import (
    Fetch,
    accept_webhooks,
    bury,
    map_again,
    map_one,
    map_webhooks,
    postpone_fetch,
    record_fetched,
)

__all__ = [
    "Ended", "Fetch", "Gone", "LeaseLost", "NewAccount", "Observation", "OnReached", "QuantityNews", "Recorded", "Sighting", "Work",
    "accept_webhooks", "begin_calls", "begin_run", "bury", "connect_account", "connected_accounts", "disconnect_account", "end_listings",
    "end_work", "erase_tenants", "fail_poll", "fail_run", "finish_poll", "keep_credentials", "lease_polls",
    "lease_runs", "load_work", "login_needed", "map_again", "map_one", "map_webhooks", "next_phase",
    "postpone_fetch", "put_off", "record_fetched", "record_gone", "record_lines", "record_listings", "record_listings_page",
    "record_orders_page", "record_page", "record_polled", "record_quantities", "set_stock_master", "sightings_of", "since_of",
    "take_requests", "take_targets",
]  # fmt: skip
