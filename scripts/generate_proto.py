"""Writes rlve/server/tinker_public_pb2.py and its stub from tinker_public.proto (needs grpcio-tools)."""

import sys
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parents[1]

if __name__ == "__main__":
    places = [f"--proto_path={ROOT}", f"--python_out={ROOT}", f"--pyi_out={ROOT}"]
    sys.exit(protoc.main(["protoc", *places, "rlve/server/tinker_public.proto"]))
