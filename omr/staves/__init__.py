"""Staff lines become staves, and staves systems."""
