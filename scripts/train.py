"""Train: python scripts/train.py experiment=quickstart rlve.num_rollout=3 …"""

import sys

from rlve.cli import train

if __name__ == "__main__":
    sys.exit(train(sys.argv[1:]))
