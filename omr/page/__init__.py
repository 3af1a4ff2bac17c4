"""Makes uniform pages from files: upright, evenly lit, with the same staff space."""
