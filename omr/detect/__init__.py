"""The network's answer becomes symbols and strokes."""
