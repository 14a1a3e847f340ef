"""What every Policy promises, as checks: the tests put them to every layout, `rlve doctor --cluster` to the user's.

Promise 1 is any split, order, rank count and ZeRO stage; 2 a step clears; 3 and 4 samples and syncs; 5 save and load;
6 the order of submission; 7 bad data and losses; 8 proof of every sync, which lies in the sync itself.
"""

from rlve.promises import sampling, saving, training
from rlve.promises.check import CHECKS, PPO, BrokenPromise, Check, Need, Subject, batch, distance

__all__ = [
    "CHECKS",
    "PPO",
    "BrokenPromise",
    "Check",
    "Need",
    "Subject",
    "batch",
    "distance",
    "sampling",
    "saving",
    "training",
]
