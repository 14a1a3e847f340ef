"""Trees: their traversals, distances and parts."""
