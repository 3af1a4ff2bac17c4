"""The words on a page, and what they are for."""
