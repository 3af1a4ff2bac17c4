"""Graphs of notation become one score: voices, onsets, durations."""
