"""Makes symbols and strokes of a page: from the network's maps, or from what a PDF draws."""
