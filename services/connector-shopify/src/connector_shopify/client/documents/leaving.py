"""Leaving a shop."""

from __future__ import annotations

LEAVING = {
    "Uninstall": "mutation Uninstall { appUninstall { userErrors { code message } } }",
}
