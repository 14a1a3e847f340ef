"""A checkpoint as others take it: a plain model folder, or an adapter's."""

from pathlib import Path

from rlve import checkpoint, models
from rlve.config import ConfigError


def export(source: Path, target: Path, adapter: bool, dtype: str | None) -> Path:
    """Writes to `target`, which must be empty or not there; the checkpoint that was taken, the newest one of a run.

    adapter: the one that the run trained, instead of the merged model; dtype: what its weights are cast to, as they are
    where None. Raises ConfigError.
    """
    saved = find(source)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ConfigError(f"{target} is there already; name a folder that is empty or does not exist")
    from rlve.models import plain

    (plain.write_adapter if adapter else plain.write_model)(saved, target, dtype)
    return saved


def find(source: Path) -> Path:
    """`source` itself where it is a checkpoint, or its newest one where it is a run's folder."""
    if (source / models.TRAINER_STATE).is_file():
        return source
    newest = checkpoint.folders(source)
    if newest:
        return newest[-1]
    raise ConfigError(
        f"{source} is neither a run with a complete checkpoint in checkpoints/ nor a checkpoint, which has "
        f"{models.TRAINER_STATE}; expected one such as outputs/NAME or outputs/NAME/checkpoints/round-000010"
    )
