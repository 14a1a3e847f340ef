"""The child process of `check.py`: puts the contract to environments, a JSON line per thing that happens.

The argument is an environment's name, `file.py:Class`, or `file.py` for all in it. {"environment": name, "file": path}
begins an environment, {"promise": text} a check of it, which {"kept": true} or {"kept": false, "found":
text, "mend": text} ends; {"end": null} ends it all, with a message in place of null where there is no such environment.
SIGUSR1 writes to stderr where the process stands.
"""

import faulthandler
import importlib
import json
import signal
import sys
import traceback
from collections.abc import Callable
from importlib.machinery import PathFinder
from inspect import getfile
from pathlib import Path
from typing import Any, BinaryIO

import environments
from environments.catalog import in_file, load
from environments.contract import Broken, Check, Environment, Subject
from environments.session_contract import checks_of
from rlve.confinement import claim_pipes, confine

CHECKOUT = Path(environments.__file__).parents[1]
ORACLES = "tests.environments.oracles"
_FAULTS = (Exception, SystemExit)  # whatever an environment does wrong is a finding


def main() -> None:
    _, out = claim_pipes()
    confine()
    faulthandler.register(signal.SIGUSR1)
    wanted = sys.argv[1]
    _tell(out, promise="it can be loaded")
    try:
        specs = in_file(wanted) if wanted.endswith(".py") else [wanted]
        found = [load(spec) for spec in specs]
    except environments.EnvironmentNotFound as error:
        _tell(out, end=str(error))
        return
    except _FAULTS as error:
        _tell(out, environment=Path(wanted).name, file=wanted.partition(".py:")[0])
        _tell(out, kept=False, found=_exception(error, Path(wanted.rpartition(":")[0])), mend="mend the file")
        _tell(out, end=None)
        return
    for environment in found:
        _tell(out, environment=environment.__name__, file=getfile(environment))
        subject = _subject(environment)
        for check in checks_of(environment):
            _tell(out, promise=promise(check))
            _tell(out, **_outcome(check, subject))
    _tell(out, end=None)


def promise(check: Check) -> str:
    return check.__name__.removeprefix("check_").replace("_", " ")


def _outcome(check: Check, subject: Subject) -> dict[str, Any]:
    try:
        check(subject)
    except Broken as broken:
        return {"kept": False, "found": broken.found, "mend": broken.mend}
    except _FAULTS as error:
        found = _exception(error, Path(getfile(subject.environment)))
        return {"kept": False, "found": found, "mend": "nothing of an environment may raise"}
    return {"kept": True}


def _exception(error: BaseException, file: Path) -> str:
    """What was raised and where, rather in the environment's own file than beneath it."""
    frames = [
        (Path(frame.f_code.co_filename), line, frame.f_code.co_name)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    own = [frame for frame in frames if frame[0].name == file.name]
    path, line, function = (own or frames)[-1]
    if isinstance(error, SyntaxError) and error.filename:
        path, line, function = Path(error.filename), error.lineno or 0, "the file"
    return f"{type(error).__name__}: {str(error)[:500]} ({path.name}, line {line}, in {function})"


def _subject(environment: Environment) -> Subject:
    """With what is known of other correct answers: beside a class of a user's, or in the tests of this package."""
    if not environment.__module__.startswith("environments."):
        module = sys.modules[environment.__module__]
        return Subject(environment, getattr(module, "is_correct", None), getattr(module, "best_first", None))
    if PathFinder.find_spec("tests", [str(CHECKOUT)]) is None:
        # An installed package has no tests; what `verify` says of other answers is then all that is known.
        takes_its_word: Callable[[Any, Any], bool] = lambda problem, answer: problem.verify(answer) == 1.0  # noqa: E731
        return Subject(environment, takes_its_word)
    sys.path.insert(0, str(CHECKOUT))
    oracles: Any = importlib.import_module(ORACLES)
    name = environment.__name__
    return Subject(environment, oracles.IS_CORRECT.get(name), oracles.BEST_FIRST.get(name))


def _tell(out: BinaryIO, **event: Any) -> None:
    out.write(json.dumps(event).encode() + b"\n")
    out.flush()


if __name__ == "__main__":
    main()
