"""Symbols and strokes become a graph of notation: what belongs to what."""
