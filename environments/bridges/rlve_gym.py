"""RLVE-Gym's environments: `rlve_gym:Sorting`.

Level d is the d-th update of the library's own ParameterController. Its generators draw from global random state, which
is put back afterwards; it is imported with torch, which takes seconds, in the process that makes the first problem.
"""

import random
import re
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, cast

from environments.bridges.bridged import Bridged, require, require_offered, subclass
from environments.ladder import Ladder, linear
from environments.problem import Problem

PACKAGE, TESTED = "rlve-gym", "0.0.1"
VERSION = 1  # of every environment: another release is another stream of problems
LEVEL_LIMIT = 12  # far above it some generators search for minutes

_WITHOUT_REFERENCE = """
    Axis_KCenter BEZMinimalistSecurity CirculatingGrid CleaningUp ConstructHackInterval Cornfield Disinfection
    DynDynamite GasFireExtinguishers Knapsack LIS_LDS_Concatenation LandAcquisition LargestConvexPolygon
    LargestRectangle_AmongPoints LongestMaxDiffBoundedInterval LongestPath Longest_DoublePalindrome
    Longest_MatchingSubsequence Longest_RepeatedPalindrome MafMafia MakingGrade MaxMinimum_AfterIntervalAddition
    MaxMultSplit MaxNoConflictingBombs MaxSegmentCoverageConstraint MaxSumLDS MaxWeightPalindromicSubstring
    MaxXorSet Max_NonAdjacent_KElementSum Max_TreeConstrainedPermutation_Weight MaximumIndependentSetGrid
    MaximumPointSegmentMatching MinConversionToCycleCost MinCostTreeCoverage MinCubeAssignment MinDivisionSumXor
    MinPairSumMultiplicationPermutation MinPathCover_DAG MinSumPreXor MinSwapTwoPermutations
    MinimumIntervalCoverage MinimumRatioPath MinimumSteinerTree MinimumSumDifferenceSubmatrix
    MinimumTreeWeightedDominatingAncestor MinimumUnconflictedGridKMax MinimumWeightedSpanningTree
    Minimum_CrossingEdges_GraphPartition Minimum_DominatingSet_Grid NewNimGame PalembangBridges PanSolarPanels
    ProtectingFlowers QuadraticFunctionSegmentation SLOElephants ShortestPathCountConstruction
    ShortestUnicolorSubstring StuntFlying TreeAddOneEdgeDiameter TreeMaximumVisitedVertex
    ValueDiminishingSelection WIL WarehouseConstruction WeightedLIS
    """.split()  # noqa: SIM905 - sixty names

REFUSED: dict[str, str] = {
    **dict.fromkeys(
        _WITHOUT_REFERENCE, "it keeps no reference answer, so nobody can tell that its problems can be solved"
    ),
    **dict.fromkeys(
        ("CountdownClose", "CountdownEqual", "Differentiate", "Integral"),
        "its verifier runs the model's answer as Python code",
    ),
    "CampfireParty": "some of its problems cannot be made, and the right answer to others is empty",
    "MinKDivisorNumber": "its generator does not end within ten seconds at any level",
}

_REGISTERED = re.compile(r'^    "(\w+)" : ', re.MULTILINE)

_lock = Lock()  # global random state is set, used and put back


@dataclass(frozen=True)
class RLVEGymProblem(Bridged):
    """A problem of RLVE-Gym. An answer is correct where the library's accuracy is 1.

    Where it follows from a score near 1 and the answer is an integer, it must equal the reference besides. Other scores
    above 0 count half, those below 0 as answers against the rules.
    """

    ladder = Ladder(level=linear(0, most=LEVEL_LIMIT))

    def prompt(self) -> str:
        text: str = _made(self.name, self.level, self.seed).prompt_generator()
        return text.strip()

    def solution(self) -> str:
        return str(_made(self.name, self.level, self.seed).parameter["reference_answer"]).strip()

    def verify(self, answer: str) -> float | None:
        """None where the library scores below 0 or raises."""
        problem = _made(self.name, self.level, self.seed)
        try:
            score: float = problem.scorer(answer)
            value: object = problem._process(answer)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - the library's own verifier takes whatever is raised for a wrong format
            return None
        reference: object = problem.parameter["reference_answer"]
        correct = score >= problem.passing_reward_threshold - 1e-6
        if "rewarding_strategy" in problem.rewards and type(value) is type(reference) is int:
            correct = correct and value == reference
        if correct:
            return 1.0
        return None if not score >= 0 else 0.5 * min(score, 1.0)


def load(name: str) -> type[Problem[Any]]:
    """The environment of this name. Raises Unavailable."""
    full_name = f"rlve_gym:{name}"
    if name not in REFUSED:
        require(PACKAGE, TESTED, "rlve-gym", full_name)
    require_offered(full_name, () if name in REFUSED else offered(), REFUSED)
    return subclass(RLVEGymProblem, full_name, VERSION, __doc__=f"Problems of RLVE-Gym's environment {name}.")


@cache
def offered() -> list[str]:
    """Every environment that is not refused, read from the library's list without importing it. Raises Unavailable."""
    require(PACKAGE, TESTED, "rlve-gym", "rlve_gym:*")
    spec = find_spec("Gym")
    assert spec is not None and spec.origin is not None
    text = (Path(spec.origin).parent / "environments" / "__init__.py").read_text(encoding="utf-8")
    return sorted({*_REGISTERED.findall(text)} - {*REFUSED})


@lru_cache(256)
def _made(name: str, level: int, seed: int) -> Any:
    """The library's object for a problem, which reads answers without their markers."""
    controller = import_module("Gym.parameter_controllers").identifier2controller[name]()
    for _ in range(min(level, LEVEL_LIMIT)):
        controller.update()
    choices = cast(list[dict[str, Any]], controller.get_parameter_list())
    problem = import_module("Gym.environments").identifier2environment[name]()
    problem.seed, problem.parameter = seed, deepcopy(choices[seed % len(choices)])
    # Its own processor searches the text for markers in quadratic time, and drops what stands before "Assistant:".
    problem.processor = problem._process
    numpy_random = import_module("numpy.random")
    with _lock:
        states = random.getstate(), numpy_random.get_state()
        random.setstate(random.Random(seed).getstate())
        numpy_random.seed(seed)
        try:
            problem._generate()
        finally:
            random.setstate(states[0])
            numpy_random.set_state(states[1])
    return problem
