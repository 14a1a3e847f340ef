"""Flows of least cost."""

from collections.abc import Sequence


def cheapest_flow(vertices: int, arcs: Sequence[Sequence[int]]) -> list[int]:
    """The flows of [from, to, capacity, cost] arcs in a cheapest maximum flow from the first vertex to the last.

    Augments along cheapest paths, found by the Bellman-Ford algorithm.
    """
    flows = [0] * len(arcs)
    while True:
        costs: list[int | None] = [0] + [None] * (vertices - 1)
        came_by = [(-1, 0)] * vertices  # arc, direction
        changed = True
        while changed:
            changed = False
            for place, (start, end, capacity, cost) in enumerate(arcs):
                for tail, head, step, open_ in (
                    (start, end, 1, flows[place] < capacity),
                    (end, start, -1, flows[place] > 0),
                ):
                    base, known = costs[tail], costs[head]
                    if open_ and base is not None and (known is None or base + step * cost < known):
                        costs[head], came_by[head], changed = base + step * cost, (place, step), True
        if costs[-1] is None:
            return flows
        steps: list[tuple[int, int]] = []
        vertex = vertices - 1
        while vertex != 0:
            place, step = came_by[vertex]
            steps.append((place, step))
            vertex = arcs[place][0 if step == 1 else 1]
        amount = min(arcs[place][2] - flows[place] if step == 1 else flows[place] for place, step in steps)
        for place, step in steps:
            flows[place] += step * amount
