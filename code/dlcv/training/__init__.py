"""Training helpers: choose a device, fit a model, keep its history.

Read the modules in this order: `device`, `batches`, `measure`, `history`, `trainer`.
Chapter 09 writes the training loop by hand and shows that `Trainer` takes exactly the same steps.
"""

from dlcv.training.device import describe_device, pick_device
from dlcv.training.history import History
from dlcv.training.measure import Measured, evaluate
from dlcv.training.trainer import Trainer, TrainingDiverged

__all__ = [
    "History",
    "Measured",
    "Trainer",
    "TrainingDiverged",
    "describe_device",
    "evaluate",
    "pick_device",
]
