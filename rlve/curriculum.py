"""Which environment and difficulty come next: per environment one level h that follows the policy's accuracy at h.

Every group is drawn at a level uniform in the `window` levels up to h, and only groups drawn at the present h move it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from math import sqrt
from random import Random
from typing import Any

from environments.catalog import load
from environments.problem import EVALUATION_BIT
from rlve.config import CurriculumConfig
from rlve.types import Group, Task

CONFIDENCE_Z = 1.645  # each bound of the `band` rule is wrong in 5 % of its checks
LIKENESS = 0.3  # correlation of the samples of one prompt
PATIENCE = 4  # checks' worth of evidence after which an undecided `band` starts afresh: the policy has moved on
WEIGHT_FLOOR = 0.1  # what an environment without any informative group still weighs
MEMORY_GROUPS = 16  # time constant of the running share of informative groups


@dataclass(slots=True)
class Progress:
    """Where one environment stands: attempts and correct are counted at `level` since the last decision.

    step: how many levels the next promotion goes up; above 1 while promotions follow one another.
    """

    level: int
    attempts: int = 0
    correct: int = 0
    informative: float = 1.0
    step: int = 1

    def settle(self, level: int, step: int = 1) -> None:
        self.level, self.attempts, self.correct, self.step = level, 0, 0, step


class Curriculum:
    """Draws tasks and learns from finished groups. `check` = min_prompts · samples_per_prompt attempts at h.

    rule `rlve`: at a check, accuracy ≥ promote_at raises h by one; the counters clear either way; h never falls.
    rule `band`: at a check, the Wilson interval of the accuracy at h decides. Lower bound > promote_at raises h, upper
    bound < demote_at lowers it (never below initial_level), and both clear the counters; else evidence goes on growing,
    and clears at PATIENCE checks. Samples of one prompt are alike, so n of them count as
    n / (1 + LIKENESS · (samples_per_prompt - 1)). The band lies where groups are informative, which groups of 8 are in
    83 % of cases at accuracy 0.2 and in 99 % at 0.5; a window of 4 adds easier levels, so it belongs below one half.
    rule `static`: nothing is checked, h stays.

    max_step: a promotion doubles the step of the next one, up to max_step; a check that does not promote sets it to 1,
    and where accuracy is below demote_at it takes back half a step. While the step is above 1, h is not yet where the
    policy is, and all draws are at h: the search costs few groups, however rarely an environment is drawn.

    weighting `learnability`: an environment weighs WEIGHT_FLOOR + s, s the running share of its informative groups:
    s += (informative - s) / MEMORY_GROUPS per group, from s = 1.
    """

    def __init__(
        self,
        environments: Sequence[str],
        config: CurriculumConfig,
        samples_per_prompt: int,
        seed: int,
        ceilings: Mapping[str, int],
    ) -> None:
        """ceilings: environment → highest level that h may reach."""
        if not environments:
            raise ValueError("a curriculum needs at least one environment, got none; set rlve.environment_list")
        self._config = config
        self._samples_per_prompt = samples_per_prompt
        self._check = config.min_prompts * samples_per_prompt
        self._ceilings = dict(ceilings)
        self._versions = {name: load(name).version for name in environments}
        self._progress = {name: Progress(min(config.initial_level, ceilings[name])) for name in environments}
        self._quarantined: set[str] = set()
        self._rng = Random(f"curriculum|{seed}")
        # Consecutive seeds never repeat within 2⁶³ draws, and problems hash them before use.
        self._next_seed = int.from_bytes(blake2b(f"tasks|{seed}".encode(), digest_size=8).digest()) % EVALUATION_BIT

    @property
    def levels(self) -> dict[str, int]:
        """Environment → h."""
        return {name: progress.level for name, progress in self._progress.items()}

    def sample(self, count: int) -> list[Task]:
        """`count` new tasks; no two tasks of a run share a seed."""
        drawable = [name for name in self._progress if name not in self._quarantined]
        weights = [self._weight(name) for name in drawable]
        return [self._task(name) for name in self._rng.choices(drawable, weights, k=count)]

    def update(self, groups: Sequence[Group]) -> dict[str, float]:
        """Once per round, with all finished groups, filtered ones too. Returns the accuracies that were checked."""
        for group in groups:
            progress = self._progress.get(group.task.environment)
            if progress is None:
                continue  # carried over from before the environment list changed
            progress.informative += (group.informative - progress.informative) / MEMORY_GROUPS
            if group.task.difficulty == progress.level:
                progress.attempts += len(group.rollouts)
                progress.correct += sum(rollout.verdict.correct for rollout in group.rollouts)
        checked: dict[str, float] = {}
        for name, progress in self._progress.items():
            if progress.attempts >= self._check and self._config.rule != "static":
                checked[name] = progress.correct / progress.attempts
                self._decide(progress, self._ceilings[name])
        return checked

    def quarantine(self, name: str) -> None:
        """Stops drawing an environment; for one whose problems keep failing."""
        self._quarantined.add(name)
        self._require_drawable()

    def state(self) -> dict[str, Any]:
        """Everything that `load` needs, as JSON types."""
        version, words, gauss = self._rng.getstate()
        return {
            "random": [version, list(words), gauss],
            "next_seed": self._next_seed,
            "environments": {name: asdict(progress) for name, progress in self._progress.items()},
            "quarantined": sorted(self._quarantined),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Goes on from `state`. Environments that it does not know start afresh; those no longer wanted are dropped."""
        version, words, gauss = state["random"]
        self._rng.setstate((version, tuple(words), gauss))
        self._next_seed = state["next_seed"]
        for name, saved in state["environments"].items():
            if name in self._progress:
                self._progress[name] = Progress(**saved)
                if saved["level"] > self._ceilings[name]:
                    self._progress[name].settle(self._ceilings[name])
        self._quarantined = set(state["quarantined"]) & set(self._progress)
        self._require_drawable()

    def _weight(self, name: str) -> float:
        return 1.0 if self._config.weighting == "uniform" else WEIGHT_FLOOR + self._progress[name].informative

    def _task(self, name: str) -> Task:
        top = self._progress[name].level
        window = 1 if self._progress[name].step > 1 else self._config.window
        difficulty = self._rng.randint(max(0, top - window + 1), top)
        seed = self._next_seed
        self._next_seed = (seed + 1) % EVALUATION_BIT
        return Task(name, self._versions[name], difficulty, seed)

    def _decide(self, progress: Progress, ceiling: int) -> None:
        config, level = self._config, progress.level
        if config.rule == "rlve":
            promoted = progress.correct / progress.attempts >= config.promote_at
            progress.settle(min(level + 1, ceiling) if promoted else level)
            return
        likeness = 1 + LIKENESS * (self._samples_per_prompt - 1)
        share = progress.correct / progress.attempts
        low, high = wilson(share, progress.attempts / likeness)
        if low > config.promote_at:
            higher = min(level + progress.step, ceiling)
            progress.settle(higher, min(2 * progress.step, config.max_step) if higher < ceiling else 1)
        elif (share if progress.step > 1 else high) < config.demote_at:
            lower = level - max(1, progress.step // 2)
            progress.settle(max(lower, min(level, config.initial_level)))
        elif progress.attempts >= PATIENCE * self._check:
            progress.settle(level)
        else:
            progress.step = 1

    def _require_drawable(self) -> None:
        if self._quarantined >= set(self._progress):
            raise ValueError(
                f"every environment of this run is quarantined ({', '.join(sorted(self._quarantined))}): their "
                "problems keep failing; mend them or choose others in rlve.environment_list"
            )


def wilson(share: float, count: float) -> tuple[float, float]:
    """Wilson's score interval of a share seen in `count` independent trials (E. B. Wilson, 1927)."""
    z2 = CONFIDENCE_Z**2
    centre = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = CONFIDENCE_Z * sqrt(share * (1 - share) / count + z2 / (4 * count**2)) / (1 + z2 / count)
    return centre - half, centre + half
