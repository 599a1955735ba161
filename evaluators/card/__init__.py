"""Reading a model card: every score its tables state for its own model, and none of another."""

from evaluators.card.model import CardReading, LeftOut, Overrides, Reason, Score, TableView, Unit
from evaluators.card.reader import read_card

__all__ = ["CardReading", "LeftOut", "Overrides", "Reason", "Score", "TableView", "Unit", "read_card"]
