"""How alike two texts are, by the library that knows best."""

from __future__ import annotations

from rapidfuzz import fuzz
from rapidfuzz.utils import default_process


def alike(one: str, other: str) -> float:
    """0 to 100, whatever the order of the words. Words that only one text has count half: marketplaces cut titles short
    and sellers add to them, but a size or a colour tells two articles apart.
    """
    shared = fuzz.token_set_ratio(one, other, processor=default_process)
    whole = fuzz.token_sort_ratio(one, other, processor=default_process)
    return (shared + whole) / 2
