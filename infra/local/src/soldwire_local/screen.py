"""What commands print: other people's words as they are, neither as markup nor as a terminal's commands."""

import sys

from rich.console import Console

PIPED_WIDTH = 220


def console(**options: bool) -> Console:
    """A console that takes no text for markup; wide enough for tables when its output goes to a file."""
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Console(markup=False, highlight=False, width=width, **options)  # type: ignore[arg-type]


def plain(text: str) -> str:
    """Without what would command a terminal: every control character but line ends and tabs is written out."""
    return "".join(each if each.isprintable() or each in "\n\t" else f"\\x{ord(each):02x}" for each in text)
