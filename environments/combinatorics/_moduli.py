"""Moduli that keep counts short."""

PRIMES = (666_623_333, 998_244_353, 1_000_000_007)
