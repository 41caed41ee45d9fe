"""Importing: a merchant's own table of goods is compared with the catalog, shown as a plan, and applied whole."""

from application.importing._cells import Reason, RowRefused
from application.importing._columns import ColumnsNotUnderstood
from application.importing._floors import FloorImport, ImportedFloor, ImportFloors
from application.importing._plan import Change, Counts, DearerThanBase, ImportPlan, NewSku
from application.importing._prices import PriceImport, StagedPrice, StagePrices
from application.importing._verbs import (
    Choices,
    ImportCatalog,
    ImportRefused,
    PlanImport,
    Table,
    UnreadableTable,
    Watch,
)

__all__ = [
    "Change",
    "Choices",
    "ColumnsNotUnderstood",
    "Counts",
    "DearerThanBase",
    "FloorImport",
    "ImportCatalog",
    "ImportFloors",
    "ImportPlan",
    "ImportRefused",
    "ImportedFloor",
    "NewSku",
    "PlanImport",
    "PriceImport",
    "Reason",
    "RowRefused",
    "StagePrices",
    "StagedPrice",
    "Table",
    "UnreadableTable",
    "Watch",
]
