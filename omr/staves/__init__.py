"""Staff lines become staves, and staves become systems."""
