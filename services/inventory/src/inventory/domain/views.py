"""What people read back: journal rows and questions as they were kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from inventory.domain.facts import JournalRow, Question


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A row of the stock journal, with when and by whom."""

    id: int
    row: JournalRow
    user_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as it waits for its answer."""

    id: UUID
    article_id: UUID
    question: Question
    asked_at: datetime
    answered_at: datetime | None
    answer: str | None
