"""Latin squares."""

from random import Random


def random_latin_square(rng: Random, side: int) -> list[list[int]]:
    """A square of 1 to `side`, any one possible: each row is a random matching of columns with numbers they lack."""
    lacking = [list(range(1, side + 1)) for _ in range(side)]  # by column
    rows: list[list[int]] = []
    for _ in range(side):
        holder: dict[int, int] = {}  # number -> column

        def place(column: int, tried: set[int], holder: dict[int, int] = holder) -> bool:
            """Finds the column a number, moving others where need be; Hall's theorem says that there is one."""
            for number in lacking[column]:
                if number not in tried:
                    tried.add(number)
                    if number not in holder or place(holder[number], tried):
                        holder[number] = column
                        return True
            return False

        for numbers in lacking:
            rng.shuffle(numbers)
        for column in rng.sample(range(side), side):
            place(column, set())
        row = [0] * side
        for number, column in holder.items():
            row[column] = number
            lacking[column].remove(number)
        rows.append(row)
    return rows


def is_latin(square: list[list[int]]) -> bool:
    """Whether every row and every column holds each of 1 to the side once."""
    numbers = list(range(1, len(square) + 1))
    return all(sorted(line) == numbers for line in (*square, *map(list, zip(*square, strict=True))))
