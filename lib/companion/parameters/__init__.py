"""The parameters of the notebooks: what their cells declare, and what values may be."""

from companion.parameters.cell import Parameter, declared
from companion.parameters.rules import Rule
from companion.parameters.values import has_type, written

__all__ = ["Parameter", "Rule", "declared", "has_type", "written"]
