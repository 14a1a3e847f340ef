"""What a curriculum does for a synthetic learner: no model, minutes at most, one JSON object.

The learner has one skill per environment. It passes a prompt of level d with a probability that is drawn, once per
prompt, from a beta distribution of mean logistic(SLOPE · (skill - d)) and intra-class correlation ICC: samples of one
prompt are alike. An informative group adds `gain` to the skill, less the further its level lies from it; a group
whose samples all agree teaches nothing. The curriculum is the real one, and moves by real groups.

Example: python scripts/simulate_curriculum.py --study difficulty scale weighting --seeds 0 1 2
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import exp, log
from pathlib import Path
from random import Random
from statistics import mean, median

from documents import table, write_section
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from environments import catalog
from environments.arithmetic.division import Division
from environments.problem import Verdict
from rlve.config import CurriculumConfig
from rlve.curriculum import Curriculum
from rlve.types import Completion, Group, Rollout

Results = dict[str, dict[str, float]]  # condition → figure → value

ROOT = Path(__file__).parents[1]
SLOPE = 1.0  # logits per level
ICC = 0.3
REACH = 2.0  # levels from the skill at which a group teaches exp(-1/2) of what it teaches at the skill
SAMPLES = 8
TOP = 100  # ceiling of an ordinary environment

_COMPLETION = Completion([1], [0.0], [0], "eos")
_ROLLOUTS = [Rollout(_COMPLETION, Verdict(float(right), right), float(right)) for right in (False, True)]


@dataclass
class Pupil:
    """The learner in one environment. gain: skill per informative group at the level of the skill."""

    skill: float
    gain: float

    def answer(self, level: int, rng: Random) -> list[Rollout]:
        rate = rng.betavariate(*_beta(1 / (1 + exp(SLOPE * (level - self.skill)))))
        correct = sum(rng.random() < rate for _ in range(SAMPLES))
        return [_ROLLOUTS[0]] * (SAMPLES - correct) + [_ROLLOUTS[1]] * correct

    def learn(self, group: Group) -> None:
        if group.informative:
            self.skill += self.gain * exp(-(((group.task.difficulty - self.skill) / REACH) ** 2) / 2)

    @property
    def easy(self) -> int:
        """The highest level that is passed with a probability of 0.9."""
        return max(0, int((self.skill - log(9) / SLOPE) // 1))


def _beta(mean_rate: float) -> tuple[float, float]:
    """Parameters of the beta distribution with this mean and intra-class correlation ICC = 1 / (a + b + 1)."""
    rate, total = min(max(mean_rate, 1e-6), 1 - 1e-6), 1 / ICC - 1
    return rate * total, (1 - rate) * total


@dataclass
class History:
    """effective: share of informative groups of each round. arrived: environment → first round, from 1, with h at
    the level that the pupil finds easy. above: environment → by how many levels h was ever above the skill, at most.
    """

    skills: list[float] = field(default_factory=list[float])
    effective: list[float] = field(default_factory=list[float])
    arrived: dict[str, int] = field(default_factory=dict[str, int])
    above: dict[str, float] = field(default_factory=dict[str, float])


def simulate(
    config: CurriculumConfig,
    pupils: Sequence[Pupil],
    seed: int,
    rounds: int,
    prompts: int,
    tops: Sequence[int] | None = None,
) -> History:
    """`rounds` of `prompts` groups. tops: the ceiling of each environment, otherwise TOP."""
    names = [f"synthetic:{index}" for index in range(len(pupils))]
    for name in names:
        catalog.add(name, Division)
    by_name = dict(zip(names, pupils, strict=True))
    ceilings = dict(zip(names, tops or [TOP] * len(names), strict=True))
    curriculum = Curriculum(names, config, SAMPLES, seed, ceilings)
    rng, found = Random(f"synthetic learner|{seed}"), History(above=dict.fromkeys(names, 0.0))
    for number in range(1, rounds + 1):
        groups: list[Group] = []
        for task in curriculum.sample(prompts):
            pupil = by_name[task.environment]
            groups.append(Group(task, [1], pupil.answer(task.difficulty, rng), number))
        for group in groups:
            by_name[group.task.environment].learn(group)
        found.effective.append(mean(group.informative for group in groups))
        curriculum.update(groups)
        for name, level in curriculum.levels.items():
            pupil = by_name[name]
            found.above[name] = max(found.above[name], level - pupil.skill)
            if level >= pupil.easy:
                found.arrived.setdefault(name, number)
    found.skills = [pupil.skill for pupil in pupils]
    return found


@cache
def settings(overrides: str) -> CurriculumConfig:
    """The curriculum of conf/ with these overrides, parted by blanks."""
    with initialize_config_dir(str(ROOT / "conf"), version_base=None):
        composed = compose("train", overrides.split())
    return CurriculumConfig.model_validate(OmegaConf.to_container(composed.curriculum, resolve=True))


DIFFICULTIES = {
    "rlve": "curriculum=rlve",
    "band": "curriculum=band",
    "static easy, 0 to 1": "curriculum=static curriculum.initial_level=1 curriculum.window=2",
    "static wide, 0 to 20": "curriculum=static curriculum.initial_level=20 curriculum.window=21",
    "static hard, 20": "curriculum=static curriculum.initial_level=20",
}
RULES = {
    "rlve": "curriculum=rlve",
    "band, from 8 prompts, single steps": "curriculum=band curriculum.min_prompts=8 curriculum.max_step=1",
    "band, single steps": "curriculum=band curriculum.max_step=1",
    "band": "curriculum=band",
}
WEIGHTINGS = {
    f"{rule}, {weighting}": f"curriculum={rule} curriculum.weighting={weighting}"
    for rule in ("rlve", "band")
    for weighting in ("uniform", "learnability")
}


def study_difficulty(seed: int) -> Results:
    """One environment, skill 0 at first: 400 rounds of 32 prompts."""
    results: Results = {}
    for name, overrides in DIFFICULTIES.items():
        found = simulate(settings(overrides), [Pupil(0.0, 0.003)], seed, 400, 32)
        results[name] = {
            "effective, first quarter": mean(found.effective[:100]),
            "effective, last quarter": mean(found.effective[300:]),
            "skill": found.skills[0],
        }
    return results


def study_scale(
    seed: int,
    counts: Sequence[int] = (16, 64, 256, 400),
    rounds: int = 480,
    prompts: int = 384,
    rules: Mapping[str, str] = RULES,
) -> Results:
    """n environments share a round's prompts; their skills, 6 to 16, stay, and h starts at 0.

    rounds: the median round of arrival, where one that never arrives counts as the last.
    """
    results: Results = {}
    for name, overrides in rules.items():
        runs: dict[int, History] = {}
        for count in counts:
            rng = Random(f"skills|{seed}")
            pupils = [Pupil(rng.uniform(6, 16), 0.0) for _ in range(count)]
            runs[count] = simulate(settings(overrides), pupils, seed, rounds, prompts)
        arrived = {n: median(run.arrived.get(key, rounds) for key in run.above) for n, run in runs.items()}
        results[name] = {f"rounds, n={n}": arrived[n] for n in counts}
        results[name]["growth"] = arrived[counts[-1]] / arrived[counts[0]]
        for n in (counts[0], counts[-1]):
            results[name][f"above, n={n}"] = mean(runs[n].above.values())
            results[name][f"effective in 50 rounds, n={n}"] = mean(runs[n].effective[:50])
    return results


def study_weighting(seed: int, rounds: int = 100) -> Results:
    """48 environments share 384 prompts: a third are out of reach (skill -8), a third are solved (skill 12, and level 3
    is their ceiling), and a third can be learned (skill 0 at first).
    """
    results: Results = {}
    for name, overrides in WEIGHTINGS.items():
        starts = (-8.0, 12.0, 0.0) * 16
        tops = [3 if skill > 0 else TOP for skill in starts]
        found = simulate(settings(overrides), [Pupil(skill, 0.01) for skill in starts], seed, rounds, 384, tops)
        learned = [skill for skill, start in zip(found.skills, starts, strict=True) if start == 0]
        results[name] = {"effective": mean(found.effective), "skill where it can learn": mean(learned)}
    return results


STUDIES = {"difficulty": study_difficulty, "scale": study_scale, "weighting": study_weighting}


def averaged(runs: Sequence[Results]) -> Results:
    """The mean over seeds."""
    first = runs[0]
    return {name: {key: mean(run[name][key] for run in runs) for key in values} for name, values in first.items()}


def write(results: Mapping[str, Results], document: Path) -> None:
    for study, rows in results.items():
        head = ["", *next(iter(rows.values()))]
        lines = [[name, *map(_number, values.values())] for name, values in rows.items()]
        write_section(document, f"simulated-{study}", table(head, lines))


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}" if value >= 2 else f"{value:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", nargs="+", choices=STUDIES, default=list(STUDIES))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--document", type=Path, help="a file whose sections simulated-STUDY get the tables")
    options = parser.parse_args()
    setting = {"slope": SLOPE, "icc": ICC, "reach": REACH, "samples": SAMPLES, "seeds": options.seeds}
    results = {study: averaged([STUDIES[study](seed) for seed in options.seeds]) for study in options.study}
    print(json.dumps({"setting": setting, "results": results}))
    if options.document:
        write(results, options.document)


if __name__ == "__main__":
    main()
