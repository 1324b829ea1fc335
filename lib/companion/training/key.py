"""The key of a trained model: equal key, equal weights."""

import ast
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import torch

from companion.datasets import data_checksum, loader_module
from companion.models import activation, model_module
from companion.sources import PACKAGES, modules_behind
from companion.training.config import TrainingConfig

LIBRARY = Path(__file__).resolve().parents[2]
FITTING = "companion.training.fitting"
BOOKKEEPING = (
    "companion.models.build",
    "companion.models.networks.activations",
    "companion.datasets.checksums",
    "companion.training.config",
)
"""Tables of names and values that are in the key by value, so that a new model or set spares the others."""


def training_key(config: TrainingConfig, *, library: Path = LIBRARY) -> str:
    """Digest everything that decides the weights: configuration, raw data, code, torch, device.

    Args:
        config: "auto" counts as the device it stands for here.
        library: folder of the packages whose code counts.

    Returns:
        64 hexadecimal digits.
    """
    content = {
        "config": {**config.to_dict(), "device": config.resolved_device().type},
        "activation": repr(activation(config.activation)),
        "data": data_checksum(config.dataset),
        "code": code_digest(config.model, config.dataset, library),
        "torch": torch.__version__,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def code_digest(model: str, dataset: str, library: Path = LIBRARY) -> str:
    """Digest the code behind a trained model: its family, its loader and the fitting.

    What counts is the set of top-level statements, wherever they stand: a file that is moved, renamed, split
    or merged changes no weights and costs nobody a training, nor do comments, docstrings, imports from these
    packages, or what belongs to other models or data.
    """
    spared = {path for module in BOOKKEEPING for path in modules_behind(module, library, deep=False)}
    files = {
        path
        for module in (model_module(model), loader_module(dataset), FITTING)
        for path in modules_behind(module, library)
    }
    statements = {statement for path in files - spared for statement in _statements(path)}
    return hashlib.sha256("\n".join(sorted(statements)).encode()).hexdigest()


def _statements(path: Path) -> Iterator[str]:
    tree = _without_docstrings(ast.parse(path.read_text(encoding="utf-8")))
    for node in tree.body:
        own = isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PACKAGES
        if not own:
            yield ast.dump(node)


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
