"""Generative models and classifiers: networks and losses, no geometry."""

from companion.models.batch import Batch, Pool
from companion.models.build import MODELS, build_model, check_model, check_options, model_module
from companion.models.latent_model import LIKELIHOODS, LatentModel
from companion.models.networks.activations import ACTIVATIONS, activation
from companion.models.networks.convolutional import conv_decoder, conv_encoder
from companion.models.networks.mlp import mlp
from companion.models.plain.autoencoder import AutoEncoder
from companion.models.plain.classifier import Classifier
from companion.models.plain.likelihoods import (
    bernoulli_log_likelihood,
    gaussian_log_likelihood,
    kl_to_standard_normal,
)
from companion.models.plain.vae import VAE, ElboTerms
from companion.models.spec import ModelSpec
from companion.models.trainable import TrainableModel

__all__ = [
    "ACTIVATIONS",
    "LIKELIHOODS",
    "MODELS",
    "VAE",
    "AutoEncoder",
    "Batch",
    "Classifier",
    "ElboTerms",
    "LatentModel",
    "ModelSpec",
    "Pool",
    "TrainableModel",
    "activation",
    "bernoulli_log_likelihood",
    "build_model",
    "check_model",
    "check_options",
    "conv_decoder",
    "conv_encoder",
    "gaussian_log_likelihood",
    "kl_to_standard_normal",
    "mlp",
    "model_module",
]
