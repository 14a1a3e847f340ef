"""Lists of integers: find, order and change their elements."""
