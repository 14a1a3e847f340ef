"""Equations, polynomials, sequences and matrices."""
