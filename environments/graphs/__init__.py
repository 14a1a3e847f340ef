"""Vertices, edges and the ways along them."""
