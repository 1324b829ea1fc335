"""The key of a trained model: equal key, equal weights."""

import ast
import hashlib
import json
from pathlib import Path

import torch

from latent_geometry.datasets import data_checksum
from latent_geometry.training.config import TrainingConfig

PACKAGE = Path(__file__).resolve().parents[1]
FOLDERS = ("datasets", "models", "training")


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
        "data": data_checksum(config.dataset),
        "code": code_digest(package),
        "torch": torch.__version__,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def code_digest(package: Path = PACKAGE) -> str:
    """Digest the code behind a trained model: data sets, models and training, less comments and docstrings.

    What only explains the code does not change the weights, so it costs nobody a training.
    """
    digest = hashlib.sha256()
    for folder in FOLDERS:
        for path in sorted((package / folder).rglob("*.py")):
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
