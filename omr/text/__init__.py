"""The words on a page: reading them, and telling lyrics, names, headings, chord symbols and tempo marks apart."""
