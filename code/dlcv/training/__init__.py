"""Training helpers: choose a device, fit a model, measure it, keep it safe.

Read the modules in this order: `device`, `distributed` (whose functions do nothing in a program
started alone), `evaluation`, `history`, `trainer`, `checkpoint`. Chapter 09 writes the training
loop by hand and shows that `Trainer` takes exactly the same steps. `python -m dlcv.training --help`
trains outside a notebook.
"""

from dlcv.training.checkpoint import (
    CheckpointError,
    checkpoints,
    load_checkpoint,
    save_checkpoint,
)
from dlcv.training.device import describe_device, pick_device, pick_precision
from dlcv.training.distributed import WorkerLost
from dlcv.training.evaluation import Measured, TrainingDiverged, evaluate, predict
from dlcv.training.history import History, early_stopping
from dlcv.training.trainer import Trainer

__all__ = [
    "CheckpointError",
    "History",
    "Measured",
    "Trainer",
    "TrainingDiverged",
    "WorkerLost",
    "checkpoints",
    "describe_device",
    "early_stopping",
    "evaluate",
    "load_checkpoint",
    "pick_device",
    "pick_precision",
    "predict",
    "save_checkpoint",
]
