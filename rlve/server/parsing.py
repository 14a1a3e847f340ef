"""A JSON body becomes a request model, strictly; what is wrong is one sentence with its place in the JSON."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError
from pydantic_core import PydanticCustomError, from_json

_OVERFLOWING = re.compile(rb"[eE]\+?\d{3}")
_LONG = re.compile(rb"(?<![\d.])\d{19}")
_DIGITS_AS_ZERO = bytes.maketrans(b"123456789", b"000000000")
_NOT_A_NUMBER = re.compile(rb"\b(?:NaN|Infinity)\b")
_TOLD_CHARACTERS = 60


class BadRequest(ValueError):
    """The client's fault; status and detail are the answer. 400: values contradict or are unsupported, 422: shape."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Body(BaseModel):
    """What a client sends. Strict: a number in quotes is a string, and unknown keys are errors unless ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, protected_namespaces=())
    takes_unknown_keys: ClassVar[bool] = False
    _lenient: bool = PrivateAttr(False)


Request = TypeVar("Request", bound=Body)


def contradiction(text: str) -> PydanticCustomError:
    """Raised in a validator: values that contradict each other or that this server does not support (400)."""
    return PydanticCustomError("contradiction", "{text}", {"text": text})


def misshapen(text: str) -> PydanticCustomError:
    """Raised in a validator: a value of the wrong shape or type (422)."""
    return PydanticCustomError("misshapen", "{text}", {"text": text})


def agreed(body: Body, *names: str) -> Any:
    """The value that may go by any of these names, or None; those given must be equal."""
    values = [getattr(body, name) for name in names if name in body.model_fields_set]
    values = [value for value in values if value is not None]
    if any(value != values[0] for value in values):
        raise contradiction(f"{' and '.join(names)} mean the same and differ; give one of them")
    return values[0] if values else None


def exactly_one(body: Body, *names: str) -> None:
    given = [name for name in names if getattr(body, name) is not None]
    if len(given) != 1:
        found = " and ".join(given) or "none"
        raise contradiction(f"expected exactly one of {', '.join(names)}, got {found}")


def parse(kind: type[Request], body: bytes, lenient: bool) -> Request:
    """The body as `kind`, or BadRequest. lenient: unknown keys are ignored, at every depth; an empty body is {}."""
    ignore = lenient or kind.takes_unknown_keys
    try:
        made = kind.model_validate(_load(body), strict=True, extra="ignore" if ignore else "forbid")
    except ValidationError as error:
        faults = error.errors(include_url=False)
        status, detail = _explain(kind, faults[0])
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise BadRequest(status, detail + more) from None
    made._lenient = lenient
    return made


def _load(body: bytes) -> dict[str, Any]:
    try:
        value = from_json(body or b"{}", allow_inf_nan=False)
    except ValueError as error:
        if _NOT_A_NUMBER.search(body):
            raise BadRequest(422, "NaN and Infinity are not JSON; send finite numbers") from None
        raise BadRequest(422, f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadRequest(422, f"the body must be a JSON object, got {_brief(value)}")
    if _is_suspect(body):
        for place, fault in _unholdable(value, ()):
            raise BadRequest(422, f"{_say(place)}: {fault}")
    return value


def _is_suspect(body: bytes) -> bool:
    """Whether it may hold what JSON can say and the server cannot: NUL (PostgreSQL's text has none), integers beyond 64
    bits and numbers that overflow to infinity. Every body passes here, so the slowest look comes last.
    """
    if rb"\u0000" in body or _OVERFLOWING.search(body):
        return True
    return b"0" * 19 in body.translate(_DIGITS_AS_ZERO) and _LONG.search(body) is not None


def _unholdable(value: Any, place: tuple[int | str, ...]) -> Iterator[tuple[tuple[int | str, ...], str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if "\0" in key:
                yield place, "a key has a NUL character; leave it out"
            yield from _unholdable(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unholdable(item, (*place, index))
    elif isinstance(value, str):
        if "\0" in value:
            yield place, "the string has a NUL character; leave it out"
    elif isinstance(value, float):
        if value in (float("inf"), float("-inf")):
            yield place, "the number is too large; send finite numbers"
    elif isinstance(value, int) and not -(2**63) <= value < 2**64:
        yield place, "the integer does not fit 64 bits"


def _explain(kind: type[BaseModel], fault: Any) -> tuple[int, str]:
    place: tuple[int | str, ...] = fault["loc"]
    prefix = f"{_say(place)}: " if place else ""
    message: str = fault["msg"]
    match fault["type"]:
        case "contradiction":
            return 400, prefix + message
        case "value_error":
            return 400, prefix + message.removeprefix("Value error, ")
        case "misshapen":
            return 422, prefix + message
        case "missing":
            return 422, f"{_say(place)}: this key is required"
        case "extra_forbidden":
            known = sorted(_keys_at(kind, place[:-1]))
            near = get_close_matches(str(place[-1]), known, n=1, cutoff=0.0)
            hint = f"; the nearest is {near[0]} (known here: {', '.join(known)})" if near else ""
            return 422, f"{_say(place)}: there is no such key{hint}"
    found = "" if place and str(place[-1]).endswith("_token") else f", got {_brief(fault['input'])}"
    return 422, prefix + message[0].lower() + message[1:] + found


def _say(place: tuple[int | str, ...]) -> str:
    """data[3].loss_fn_inputs.weights"""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")
    return text if len(text) <= 4 * _TOLD_CHARACTERS else text[: 4 * _TOLD_CHARACTERS] + "…"


def _brief(value: Any) -> str:
    match value:
        case None | True | False:
            return {None: "null", True: "true", False: "false"}[value]
        case list():
            return f"a list of {len(value)}"
        case dict():
            return "an object"
    text = repr(value)
    return text if len(text) <= _TOLD_CHARACTERS else text[:_TOLD_CHARACTERS] + "…"


def _keys_at(kind: type[BaseModel], place: tuple[int | str, ...]) -> set[str]:
    """The keys known at a place of the JSON."""
    kinds: list[Any] = [kind]
    for part in place:
        kinds = [inner for outer in kinds for inner in _inside(outer, part)]
    return {name for found in kinds if _is_model(found) for name in found.model_fields}


def _inside(kind: Any, part: int | str) -> list[Any]:
    if _is_model(kind):
        return _alternatives(kind.model_fields[part].annotation) if part in kind.model_fields else []
    arguments = get_args(kind)
    if get_origin(kind) is list and isinstance(part, int):
        return _alternatives(arguments[0])
    return _alternatives(arguments[1]) if get_origin(kind) is dict else []


def _alternatives(annotation: Any) -> list[Any]:
    """The types that a union, optional or annotated type stands for."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _alternatives(get_args(annotation)[0])
    if origin in (None, list, dict):
        return [annotation]
    return [inner for argument in get_args(annotation) for inner in _alternatives(argument)]


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
