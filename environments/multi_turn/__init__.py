"""Sessions of several turns, in which what is asked next depends on what was answered."""
