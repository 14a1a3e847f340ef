"""A model by its hub name: checked by its config.json before anything large is fetched, and fetched once per node."""

import re
from collections.abc import Iterator
from pathlib import Path

from rlve.config import ConfigError
from rlve.models.families import architecture, read_config

# Files of the repository's root only: folders in it hold other formats of the same weights.
SMALL = ("*.json", "*.txt", "*.model", "*.jinja")
WEIGHTS = "*.safetensors"
FOLDERS = "*/*"


def fetch(name: str, revision: str | None, weights: bool) -> Path:
    """The folder in the hub's cache that holds a revision of a model; `weights` False leaves those out.

    Several processes of a node may ask at once: huggingface_hub locks each file in its cache, so that one downloads it
    and the others wait. With HF_HUB_OFFLINE=1, or where the hub does not answer, a complete copy there is enough.
    Raises ConfigError, which says what to change: a name or revision that the hub does not have, terms to accept, a
    token, the network, or a model that is not supported.
    """
    from huggingface_hub import hf_hub_download, snapshot_download
    from huggingface_hub.errors import HFValidationError

    try:
        small = Path(hf_hub_download(name, "config.json", revision=revision)).parent
        if weights:
            architecture(read_config(small), name)
        # By the commit, so that a branch that moves meanwhile cannot mix two models.
        found = snapshot_download(
            name,
            revision=small.name,
            allow_patterns=[*SMALL, WEIGHTS] if weights else [*SMALL],
            ignore_patterns=FOLDERS,
        )
    except (OSError, HFValidationError) as error:
        raise ConfigError(f"model.path: {_explain(name, revision, error)}") from error
    if weights and not any(Path(found).glob(WEIGHTS)):
        raise ConfigError(f"model.path: {name} has no {WEIGHTS} on the hub; expected a model in that format")
    return Path(found)


def origin(folder: Path) -> tuple[str, str] | None:
    """The hub name and commit of a folder in the hub's cache; None for any other."""
    found = re.search(r"/models--([^/]+)/snapshots/([0-9a-f]{40})$", str(folder))
    return (found[1].replace("--", "/", 1), found[2]) if found else None


def _explain(name: str, revision: str | None, error: Exception) -> str:
    from huggingface_hub import constants, errors

    chain = list(_chain(error))
    answer = next((each for each in chain if isinstance(each, errors.HfHubHTTPError)), None)
    status = answer.response.status_code if answer is not None else None
    said = str(chain[-1]).strip().splitlines()
    reason = f"{type(chain[-1]).__name__}: {said[0] if said else 'no reason given'}"
    if isinstance(answer, errors.GatedRepoError):
        return (
            f"{name} is gated: accept its terms on {constants.ENDPOINT}/{name} with your account, then set HF_TOKEN to "
            f"a token of that account ({'it is not accepted yet' if _has_token() else 'HF_TOKEN is not set'})"
        )
    if isinstance(answer, errors.RevisionNotFoundError):
        return f"{name} has no revision {revision!r}; set model.revision to a branch, tag or commit of it, or to null"
    if isinstance(answer, errors.RepositoryNotFoundError):
        return (
            f"{constants.ENDPOINT} has no model {name}, or not for this token; check the name, and set HF_TOKEN if the "
            "model is private or gated and its terms are accepted"
        )
    if isinstance(answer, errors.RemoteEntryNotFoundError):
        return f"{name} has no config.json on the hub; expected a Hugging Face model"
    if status in (401, 403):
        return (
            f"{constants.ENDPOINT} refuses {name} to this token ({status}): set HF_TOKEN to a valid token, and accept "
            f"the model's terms on {constants.ENDPOINT}/{name} if it has any"
        )
    if any(isinstance(each, errors.OfflineModeIsEnabled) for each in chain):
        return (
            f"{name} is neither a folder here nor complete in {constants.HF_HUB_CACHE}, and HF_HUB_OFFLINE keeps it "
            "from being fetched; unset that, or set model.path to a folder"
        )
    if status is not None:
        return f"{constants.ENDPOINT} could not deliver {name} ({status}); try again later"
    if isinstance(chain[0], errors.HFValidationError):
        return f"{name} is no hub name ({reason}); expected one such as Qwen/Qwen3-0.6B, or a folder"
    if isinstance(chain[0], errors.LocalEntryNotFoundError):
        return (
            f"{name} is neither a folder here nor complete in {constants.HF_HUB_CACHE}, and {constants.ENDPOINT} does "
            f"not answer ({reason}); check the network, or set model.path to a folder"
        )
    return f"{name} could not be fetched from {constants.ENDPOINT} into {constants.HF_HUB_CACHE} ({reason})"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _has_token() -> bool:
    from huggingface_hub import get_token

    return get_token() is not None
