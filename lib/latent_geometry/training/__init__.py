"""Fit models, and keep what was fitted: `load_or_train(TrainingConfig(...))`."""

from latent_geometry.training.config import TrainingConfig
from latent_geometry.training.fitting import evaluate, fit, initial_model
from latent_geometry.training.key import training_key
from latent_geometry.training.store import TrainedModel, load_or_train

__all__ = [
    "TrainedModel",
    "TrainingConfig",
    "evaluate",
    "fit",
    "initial_model",
    "load_or_train",
    "training_key",
]
