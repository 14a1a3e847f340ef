"""Points in the plane and the shapes that they span."""
