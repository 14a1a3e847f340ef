"""Numbers and what can be done with them by hand."""
