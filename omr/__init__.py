"""Optical music recognition: a page of printed music in, MusicXML out."""

__version__ = "0.1.0"
