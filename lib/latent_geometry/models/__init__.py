"""Generative models and classifiers: networks and losses, no geometry."""

from latent_geometry.models.activations import ACTIVATIONS, activation
from latent_geometry.models.autoencoder import AutoEncoder
from latent_geometry.models.batch import Batch, Pool
from latent_geometry.models.build import MODELS, build_model, check_model, check_options, model_module
from latent_geometry.models.classifier import Classifier
from latent_geometry.models.convolutional import conv_decoder, conv_encoder
from latent_geometry.models.latent_model import LIKELIHOODS, LatentModel
from latent_geometry.models.likelihoods import (
    bernoulli_log_likelihood,
    gaussian_log_likelihood,
    kl_to_standard_normal,
)
from latent_geometry.models.mlp import mlp
from latent_geometry.models.spec import ModelSpec
from latent_geometry.models.trainable import TrainableModel
from latent_geometry.models.vae import VAE, ElboTerms

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
