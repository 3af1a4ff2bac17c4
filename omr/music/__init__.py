"""Makes one score of the notation graphs of all pages: voices, onsets, durations."""
