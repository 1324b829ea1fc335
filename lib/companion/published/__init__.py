"""Trained models that other people published: `load("szabo-mnist")`, fetched, checked, never shipped."""

from companion.published.catalogue import NAMES, Entry, entry
from companion.published.loading import PublishedModel, is_available, load

__all__ = ["NAMES", "Entry", "PublishedModel", "entry", "is_available", "load"]
