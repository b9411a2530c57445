"""One function = one transaction's work: load, decide, save, emit."""

from connector_depop_ingest.domain import TakeDown, Verb
from connector_depop_ingest.usecases.pairings import (
    Begun,
    Session,
    begin_pairing,
    end_pairing,
    enter_session,
    finish_pairing,
    pairings,
)
from connector_depop_ingest.usecases.runs import turn_run
from connector_depop_ingest.usecases.shops import (
    accounts,
    choose_take_down,
    disconnect,
    erase_tenants,
    questions,
)
from connector_depop_ingest.usecases.tasks import (
    LeasedTask,
    Leases,
    keep_lease,
    lease_tasks,
    leave_kept,
    report_task,
    take_targets,
    tasks,
)
from connector_depop_ingest.usecases.uploads import accept_upload, map_upload, map_upload_again, take_uploads

__all__ = [
    "Begun", "LeasedTask", "Leases", "Session", "TakeDown", "Verb", "accept_upload", "accounts", "begin_pairing", "choose_take_down", "disconnect",
    "end_pairing", "enter_session", "erase_tenants", "finish_pairing", "keep_lease", "lease_tasks", "leave_kept",
    "map_upload", "map_upload_again", "pairings", "questions", "report_task", "take_targets", "take_uploads", "tasks", "turn_run",
]  # fmt: skip
