"""The Policy primitives over HTTP, as the Tinker API."""
