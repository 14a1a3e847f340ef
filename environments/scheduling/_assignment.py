"""The cheapest assignment of rows to columns."""

from math import inf


def cheapest(costs: list[list[int]]) -> list[int]:
    """The column of each row of a square matrix, with the least sum of costs: the Hungarian method."""
    size = len(costs)
    row_price, column_price = [0] * size, [0] * (size + 1)
    row_of = [-1] * (size + 1)  # by column; the last column stands for the row that is being added
    for row in range(size):
        row_of[size] = row
        column = size
        slack: list[float] = [inf] * size
        came_from = [size] * size
        done = [False] * (size + 1)
        while row_of[column] >= 0:
            done[column] = True
            at = row_of[column]
            step, nearest = inf, size
            for other in range(size):
                if not done[other]:
                    reduced = costs[at][other] - row_price[at] - column_price[other]
                    if reduced < slack[other]:
                        slack[other], came_from[other] = reduced, column
                    if slack[other] < step:
                        step, nearest = slack[other], other
            for other in range(size + 1):
                if done[other]:
                    row_price[row_of[other]] += int(step)
                    column_price[other] -= int(step)
                elif other < size:
                    slack[other] -= step
            column = nearest
        while column != size:
            row_of[column] = row_of[came_from[column]]
            column = came_from[column]
    columns = [0] * size
    for column, row in enumerate(row_of[:size]):
        columns[row] = column
    return columns
