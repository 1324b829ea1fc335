"""The key of a trained model: equal key, equal weights."""

import ast
import hashlib
import json
from pathlib import Path

import torch

from latent_geometry.datasets import data_checksum, loader_module
from latent_geometry.models import activation, model_module
from latent_geometry.sources import modules_behind
from latent_geometry.training.config import TrainingConfig

PACKAGE = Path(__file__).resolve().parents[1]
FITTING = "latent_geometry.training.fitting"
BOOKKEEPING = ("models/build.py", "models/activations.py", "datasets/checksums.py", "training/config.py")
"""Tables of names and values that are in the key by value, so that a new model or set spares the others."""


def training_key(config: TrainingConfig, *, package: Path = PACKAGE) -> str:
    """Digest everything that decides the weights: configuration, raw data, code, torch, device.

    Args:
        config: "auto" counts as the device it stands for here.
        package: folder whose code counts.

    Returns:
        64 hexadecimal digits.
    """
    content = {
        "config": {**config.to_dict(), "device": config.resolved_device().type},
        "activation": repr(activation(config.activation)),
        "data": data_checksum(config.dataset),
        "code": code_digest(config.model, config.dataset, package),
        "torch": torch.__version__,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def code_digest(model: str, dataset: str, package: Path = PACKAGE) -> str:
    """Digest the code behind a trained model: its family, its loader and the fitting.

    Comments and docstrings do not change the weights, nor does what belongs to other models or data, so they
    cost nobody a training.
    """
    files = {
        path
        for module in (model_module(model), loader_module(dataset), FITTING)
        for path in modules_behind(module, package.parent)
    }
    digest = hashlib.sha256()
    for path in sorted(files - {package / name for name in BOOKKEEPING}):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(ast.dump(_without_docstrings(tree)).encode())
    return digest.hexdigest()


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [part for part in body if not _is_bare_string(part)]
    return tree


def _is_bare_string(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
