"""Verifiable environments: problems that a program can make, solve and check. Plain Python, no torch, no rlve."""

from environments.answers import BOXED, MARKERS, TAGS, Choice, Integer, Integers, Letters, Marker, Text
from environments.catalog import EnvironmentNotFound, families, load, names, resolve
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem, Verdict, generate, judge, question

__all__ = [
    "BOXED",
    "MARKERS",
    "TAGS",
    "Choice",
    "EnvironmentNotFound",
    "Integer",
    "Integers",
    "Ladder",
    "Letters",
    "Marker",
    "Problem",
    "Text",
    "Verdict",
    "families",
    "generate",
    "geometric",
    "judge",
    "linear",
    "load",
    "names",
    "question",
    "resolve",
]
