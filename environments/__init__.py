"""Verifiable environments: problems that a program can make, solve and check. Plain Python, no torch, no rlve."""

from environments.answers import (
    BOXED,
    MARKERS,
    TAGS,
    Choice,
    Grid,
    Integer,
    Integers,
    Letters,
    Marker,
    Rational,
    Rows,
    Text,
    Words,
)
from environments.catalog import EnvironmentNotFound, families, load, names, resolve
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem, Verdict, generate, judge, question
from environments.session import Session, Step, Turn, demonstration, outcome, play

__all__ = [
    "BOXED",
    "MARKERS",
    "TAGS",
    "Choice",
    "EnvironmentNotFound",
    "Grid",
    "Integer",
    "Integers",
    "Ladder",
    "Letters",
    "Marker",
    "Problem",
    "Rational",
    "Rows",
    "Session",
    "Step",
    "Text",
    "Turn",
    "Verdict",
    "Words",
    "demonstration",
    "families",
    "generate",
    "geometric",
    "judge",
    "linear",
    "load",
    "names",
    "outcome",
    "play",
    "question",
    "resolve",
]
