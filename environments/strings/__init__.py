"""Strings of letters: copy, turn, count and join them."""
