"""Environments that serve evaluation only: about an eighth of each family, and the same for every run.

Only their exact names and the word `held_out` mean them; `all`, families and patterns do not.
"""

HELD_OUT: dict[str, tuple[str, ...]] = {  # family → environments
    "algebra": ("Determinant", "Matrix_BinaryExponentiation", "PolynomialInterpolation"),
    "arithmetic": (
        "CountdownClose",
        "FactorialTrailingZeroCount",
        "IntToRoman",
        "NextPalindromic",
        "SmallestBinaryMultiple",
    ),
    "arrays": (
        "DoubleStackSorting",
        "LandAcquisition",
        "MakingGrade",
        "MaxXorSet",
        "PermutationCompose",
        "SetSplitting",
    ),
    "combinatorics": (
        "BannedPointSupersetPathCounting",
        "Expression_AddingParenthese_Counting",
        "FixedModK_Selection_Counting",
        "HalvingChainCounting",
    ),
    "editing": ("RailFenceCipher", "RunLengthDecode", "VigenereCipher"),
    "games": ("GraMinimaGame", "StoneIntervalsGame"),
    "geometry": ("ConvexHull", "GridTriangleCounting"),
    "graphs": (
        "Clique_IndependentSet_Partitioning_Counting",
        "EvenDegreeGraphPartitioning",
        "ImpParty",
        "MinimumSpanningTree",
        "SubgraphIsomorphism",
        "TopologicalSort_MinimalLexicographicalOrder",
    ),
    "grids": ("DiagonalTraversal", "SubmatrixSumDivisibleCounting"),
    "language": ("GroupAnagrams",),
    "logic": ("CNFCount", "TruthTable"),
    "lookup": ("FirstRepeated", "SecondLargest", "TableLookup"),
    "machines": ("PageReplacement", "TuringMachine"),
    "number_theory": (
        "CRT",
        "CirculatingDecimalCounting",
        "IntegerFactorizationCounting",
        "SumProductDivisorNum",
        "Sum_DivisorNum",
    ),
    "puzzles": ("FutoshikiPuzzle", "JugPuzzle", "SkyscraperPuzzle"),
    "scheduling": ("CowDanceShow", "Minimum_DominatingInterval", "PipelineArrangement"),
    "strings": ("LongestPalindromicSubstring", "PalindromePartitionCounting"),
    "trees": ("Maximum_IndependentSet_Tree", "MostComponentTreeRemovingTwoPaths", "TreeDiameter"),
}
NAMES = frozenset(name for members in HELD_OUT.values() for name in members)
