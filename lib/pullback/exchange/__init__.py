"""Decoders as small files of plain numbers, which the pages of the book and other programs read."""
