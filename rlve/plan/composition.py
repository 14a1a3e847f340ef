"""A composed configuration with the origin of every value: the file of `conf/`, or the override, that set it last."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode
from omegaconf import OmegaConf


@dataclass(frozen=True)
class Value:
    """One key. `written` is what the origin says, `value` that with its interpolations resolved."""

    key: str
    value: Any
    written: Any
    origin: str
    default: bool


@dataclass(frozen=True)
class Composition:
    """plain: what pydantic validates."""

    plain: dict[str, Any]
    values: list[Value]


@dataclass(frozen=True)
class Layer:
    """What one file or override sets, in the order in which Hydra merges them. None as content: the key is removed."""

    origin: str
    key: str
    content: Any
    removes: bool = False


def composition(overrides: Sequence[str], name: str = "train") -> Composition:
    """conf/NAME.yaml with the overrides; raises Hydra's and OmegaConf's own errors."""
    with initialize_config_module("conf", version_base="1.3"):
        composed = compose(name, list(overrides))
        plain = cast(dict[str, Any], OmegaConf.to_container(composed, resolve=True, throw_on_missing=True))
        written = dict(_leaves("", OmegaConf.to_container(composed, resolve=False)))
        default = _defaults(name)
        origins = _origins(_layers(name, overrides))
    values = [
        Value(key, value, written[key], origins[key], key in default and default[key] == value)
        for key, value in _leaves("", plain)
    ]
    return Composition(plain, values)


@cache
def _defaults(name: str) -> dict[str, Any]:
    """Key → value without any override; called where Hydra is initialized."""
    return dict(_leaves("", OmegaConf.to_container(compose(name), resolve=True)))


def _layers(name: str, overrides: Sequence[str]) -> Iterator[Layer]:
    """Hydra's own defaults list, each file read as Hydra reads it and placed in its package, then the overrides."""
    hydra = GlobalHydra.instance().hydra
    assert hydra is not None
    loader: Any = hydra.config_loader
    listed = loader.compute_defaults_list(name, list(overrides), RunMode.RUN)
    for default in listed.defaults:
        found = loader.repository.load_config(default.config_path)
        content = cast(dict[str, Any], OmegaConf.to_container(found.config, resolve=False))
        content.pop("defaults", None)
        folder = found.path.removeprefix("pkg://")
        package = default.package if default.package is not None else found.header["package"]
        yield Layer(f"{folder}/{default.config_path.removesuffix('.yaml')}.yaml", package or "", content)
    for override in listed.config_overrides:
        yield Layer(override.input_line, override.key_or_group, override.value(), override.is_delete())


def _origins(layers: Iterator[Layer]) -> dict[str, str]:
    """Dotted key → the origin of the layer that set it last."""
    origins: dict[str, str] = {}
    for layer in layers:
        if layer.removes:
            _remove(origins, layer.key)
        else:
            _record(origins, layer.key, layer.content, layer.origin)
    return origins


def _record(origins: dict[str, str], key: str, content: Any, origin: str) -> None:
    if isinstance(content, dict) and content:
        origins.pop(key, None)
        for name, inner in cast(dict[str, Any], content).items():
            _record(origins, f"{key}.{name}" if key else name, inner, origin)
    elif content != {} or not any(known.startswith(f"{key}.") for known in origins):
        # A mapping that adds nothing leaves what is there; any other value takes the place of what was below its key.
        _remove(origins, key)
        origins[key] = origin


def _remove(origins: dict[str, str], key: str) -> None:
    for known in [known for known in origins if known == key or known.startswith(f"{key}.")]:
        del origins[known]


def _leaves(key: str, content: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(content, dict) and content:
        for name, inner in cast(dict[str, Any], content).items():
            yield from _leaves(f"{key}.{name}" if key else str(name), inner)
    elif key:
        yield key, content
