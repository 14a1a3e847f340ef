"""How many there are, and how likely or large they are on average."""
