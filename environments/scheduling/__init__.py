"""Orders, assignments and covers at the least cost."""
