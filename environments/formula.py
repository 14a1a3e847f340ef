"""Arithmetic formulas such as 3*(4+5)/2: a bounded parser without recursion, exact values, nothing is evaluated."""

import re
from fractions import Fraction

TOKEN_LIMIT = 200
DEPTH_LIMIT = 30  # brackets inside brackets
_TOKEN = re.compile(r"[0-9]{1,12}|[-+*/()]", re.ASCII)
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2}


def tokens(text: str) -> list[str] | None:
    """Numbers, operators and brackets in order; None where the text holds anything else or is too long."""
    found = _TOKEN.findall(text)
    whole = text.isascii() and "".join(found) == "".join(text.split())
    return found if whole and len(found) <= TOKEN_LIMIT else None


def postfix(text: str) -> list[str] | None:
    """The formula with each operator after its two operands; None where the text is no formula."""
    read = tokens(text)
    if read is None:
        return None
    done: list[str] = []
    waiting: list[str] = []  # operators and opening brackets whose right side is not complete
    depth = 0
    operand_due = True
    for token in read:
        if operand_due != (token == "(" or token.isdigit()):
            return None
        if token == "(":
            depth += 1
            waiting.append(token)
        elif token == ")":
            depth -= 1
            while waiting and waiting[-1] != "(":
                done.append(waiting.pop())
            if not waiting:
                return None
            waiting.pop()
        elif token in _PRECEDENCE:
            while waiting and _PRECEDENCE.get(waiting[-1], 0) >= _PRECEDENCE[token]:
                done.append(waiting.pop())
            waiting.append(token)
            operand_due = True
        else:
            done.append(token)
            operand_due = False
        if depth > DEPTH_LIMIT:
            return None
    return None if operand_due or depth else done + waiting[::-1]


def numbers(text: str) -> list[int]:
    """The numbers of a formula from left to right."""
    return [int(token) for token in tokens(text) or [] if token.isdigit()]


def value(text: str) -> Fraction | None:
    """The exact value; None where a division by 0 stands in it. Raises ValueError for what is no formula."""
    order = postfix(text)
    if order is None:
        raise ValueError(f"expected a formula of numbers, + - * / and brackets, got {text[:80]!r}")
    stack: list[Fraction] = []
    for token in order:
        if token.isdigit():
            stack.append(Fraction(int(token)))
            continue
        right, left = stack.pop(), stack.pop()
        if token == "/":
            if right == 0:
                return None
            stack.append(left / right)
        else:
            stack.append(left + right if token == "+" else left - right if token == "-" else left * right)
    return stack[0]


def combined(left: str, operator: str, right: str) -> str:
    """The formula `left operator right`, with brackets around a side only where they are needed."""
    own = _PRECEDENCE[operator]
    if _weakest(left) < own:
        left = f"({left})"
    weakest = _weakest(right)
    if weakest < own or (weakest == own and operator in "-/"):
        right = f"({right})"
    return f"{left}{operator}{right}"


def _weakest(text: str) -> int:
    """The precedence of the operator that is applied last; that of a number is 3."""
    depth, weakest = 0, 3
    for token in tokens(text) or []:
        depth += (token == "(") - (token == ")")
        if depth == 0:
            weakest = min(weakest, _PRECEDENCE.get(token, 3))
    return weakest
