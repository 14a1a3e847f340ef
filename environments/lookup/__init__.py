"""Lists and texts in which something is counted, found or summed."""
