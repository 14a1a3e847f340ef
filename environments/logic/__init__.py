"""Statements and which of them can be true together."""
