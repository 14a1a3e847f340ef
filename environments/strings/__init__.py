"""Strings of letters and what they have in common."""
