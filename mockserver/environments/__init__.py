"""Environments: the servers that are checked and compared, and the one safe way to them."""
