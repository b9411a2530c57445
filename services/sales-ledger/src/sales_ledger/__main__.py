"""`python -m sales_ledger run | migrate | openapi`."""

from __future__ import annotations

from kit.service import command_line

from sales_ledger.app import build
from sales_ledger.config import Settings

main = command_line("sales-ledger", build, Settings, __file__)

if __name__ == "__main__":
    main()
