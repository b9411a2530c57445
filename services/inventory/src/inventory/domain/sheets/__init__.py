"""Articles as lines of a file: what each column may hold, what a line would change, what is wrong with it."""

from inventory.domain.sheets.cells import CLEAR, COLUMNS, Cell, Line, cells_of
from inventory.domain.sheets.lines import Action, Change, Fault, PlannedLine
from inventory.domain.sheets.planner import Planner, ids_in, skus_in

__all__ = [
    "CLEAR",
    "COLUMNS",
    "Action",
    "Cell",
    "Change",
    "Fault",
    "Line",
    "PlannedLine",
    "Planner",
    "cells_of",
    "ids_in",
    "skus_in",
]
