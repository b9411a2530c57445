"""What all tables share."""

from __future__ import annotations

from sqlalchemy import MetaData, Numeric

metadata = MetaData()
AMOUNT = Numeric(20, 6)
