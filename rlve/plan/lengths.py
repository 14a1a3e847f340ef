"""How long completions are, as an assumption with one number: exponential up to the cap, with the given mean.

Reasoning lengths have a long tail that the cap cuts; an exponential has one parameter and such a tail.
"""

import math
from random import Random


def lengths(mean: float, cap: int, count: int, rng: Random) -> list[int]:
    """`count` lengths from 1 to cap, evenly spread over the distribution and shuffled."""
    rate = _rate(mean, cap)
    drawn = [_quantile(rate, cap, (place + 0.5) / count) for place in range(count)]
    rng.shuffle(drawn)
    return drawn


def _quantile(rate: float, cap: int, share: float) -> int:
    length = cap if rate <= 0 else min(cap, -math.log1p(-share) / rate)
    return max(1, round(length))


def _rate(mean: float, cap: int) -> float:
    """Of the exponential whose part above the cap counts as the cap, and whose mean then is `mean`."""
    if mean >= 0.98 * cap:
        return 0.0  # all but every completion is cut
    low, high = 1e-9 / cap, 10.0 / mean
    for _ in range(100):
        rate = math.sqrt(low * high)
        if -math.expm1(-rate * cap) / rate > mean:
            low = rate
        else:
            high = rate
    return low
