"""The environments and what all of them promise."""
