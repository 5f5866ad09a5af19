"""Looking into a network: what its layers cost, what they see, and what they answer to.

Chapter 11 builds the table of layers, chapter 12 the rest. Everything here takes a PyTorch model as
it is, and leaves its weights and its mode as they were.
"""

from .table import LayerRow, LayerTable, layer_table, multiply_adds

__all__ = ["LayerRow", "LayerTable", "layer_table", "multiply_adds"]
