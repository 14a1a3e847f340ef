"""Puzzles whose solution was planted."""
