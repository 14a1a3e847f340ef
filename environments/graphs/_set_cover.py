"""Cheapest sets of vertices within reach of others."""

from collections.abc import Sequence


def cheapest_cover(near: Sequence[int], costs: Sequence[int], required: int) -> list[int]:
    """Vertices of least total cost with one near each required vertex; near[v] and `required` are sets as bits.

    Branches on who serves the vertex that the fewest can; nearness has to be mutual.
    """
    vertices = range(len(near))
    best: tuple[int, list[int]] = (sum(costs) + 1, [])

    def extend(cost: int, chosen: list[int], left: int, allowed: int) -> None:
        nonlocal best
        if cost >= best[0]:
            return
        if not left:
            best = (cost, chosen)
            return
        vertex = min((v for v in vertices if left >> v & 1), key=lambda v: (near[v] & allowed).bit_count())
        helpers = [other for other in vertices if (near[vertex] & allowed) >> other & 1]
        for helper in sorted(helpers, key=lambda h: costs[h] / (near[h] & left).bit_count()):
            allowed &= ~(1 << helper)
            extend(cost + costs[helper], [*chosen, helper], left & ~near[helper], allowed)

    extend(0, [], required, (1 << len(near)) - 1)
    return sorted(best[1])
