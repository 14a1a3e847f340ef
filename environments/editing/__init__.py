"""Strings that are copied, turned, ciphered and cut."""
