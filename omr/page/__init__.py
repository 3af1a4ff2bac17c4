"""A file becomes pages that are alike: upright, evenly lit, of one staff space."""
