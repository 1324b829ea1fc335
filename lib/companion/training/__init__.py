"""Fit models, and keep what was fitted: `load_or_train(TrainingConfig(...))`."""

from companion.training.config import TrainingConfig
from companion.training.fitting import evaluate, fit, initial_model
from companion.training.key import training_key
from companion.training.store import TrainedModel, load_or_train

__all__ = [
    "TrainedModel",
    "TrainingConfig",
    "evaluate",
    "fit",
    "initial_model",
    "load_or_train",
    "training_key",
]
