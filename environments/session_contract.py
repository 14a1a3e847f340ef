"""What a `Session` promises beside, or instead of, what an ordinary problem does: see contract.py.

Its reference player succeeds, transcripts replay, nothing that the model writes upsets it, and playing blind loses.
"""

import json
import pickle
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from random import Random
from statistics import fmean
from typing import Any

from environments import contract
from environments.answers import TAGS, AnswerType, Choice, Marker
from environments.contract import HIGHEST, LEVELS, MARKERS, PROMPT_CHARS, SEEDS, Broken, Check, Environment, Subject
from environments.hostile_texts import hostile_texts
from environments.problem import question
from environments.session import Session, Step, Turn, act, opened, play, played, respond

Player = Callable[[Session[Any], Any, Random], Any]
"""(session, state, rng) → action."""


def best(session: Session[Any], state: Any, rng: Random) -> Any:  # noqa: ARG001
    return session.best_action(state)


def wandering(session: Session[Any], state: Any, rng: Random) -> Any:
    return session.random_action(state, rng)


def checks_of(environment: Environment) -> tuple[Check, ...]:
    """The promises of an environment: those of a session, or of an ordinary problem."""
    return SESSION_CHECKS if issubclass(environment, Session) else contract.CHECKS


def session_at(subject: Subject, level: int, seed: int) -> Session[Any]:
    session = subject.problem(level, seed)
    assert isinstance(session, Session)
    return session


def top(subject: Subject) -> int:
    """The highest level whose observations too stay within the prompt budget, or from which the ladder stays."""
    level = subject.environment.top(PROMPT_CHARS, HIGHEST)
    while level > 0 and subject.environment.ladder(level) == subject.environment.ladder(level - 1):
        level -= 1
    return level


def places(subject: Subject) -> Iterator[tuple[int, int, Session[Any]]]:
    """(level, seed, session) on the levels that are checked closely, and one where sessions are largest."""
    highest = top(subject)
    for level, seed in [*((level, seed) for level in LEVELS for seed in SEEDS), (highest, 0)]:
        yield level, seed, session_at(subject, level, seed)


def transcript(session: Session[Any], player: Player, seed: int = 0) -> list[tuple[Any, Turn]]:
    """The actions of a player, each with where the session stands after it."""
    rng = Random(seed)
    return list(played(session, lambda state: player(session, state, rng)))


def written(session: Session[Any], moves: list[tuple[Any, Turn]], marker: Marker = TAGS) -> list[str]:
    return [marker.wrap(session.answer.render(action)) for action, _ in moves]


def check_reference_player_succeeds(subject: Subject) -> None:
    """In at most max_turns turns, at every level and whatever stands around its actions."""
    for level, seed, session in places(subject):
        moves = transcript(session, best)
        found = f"level {level}, seed {seed}: the reference player ends with {moves[-1][1].verdict} after {len(moves)} "
        subject.demand(
            moves[-1][1].verdict is not None and moves[-1][1].verdict.correct,
            f"{found}of {session.max_turns} turns: {[action for action, _ in moves][:20]}",
            "mend `best_action` or `step`, or give it more turns",
        )
        for marker in MARKERS:
            texts = [f"I think.\n{text} It is." for text in written(session, moves, marker)]
            subject.demand(
                play(session, texts, marker) == moves[-1][1],
                f"level {level}, seed {seed}: the reference player's actions are read as others: {texts[:20]}",
                "let the answer type write what it can read",
            )


def check_transcripts_replay(subject: Subject) -> None:
    """States are JSON; a step depends on state and action alone and changes neither; every player comes to an end."""
    for level, seed, session in places(subject):
        fields = json.dumps(vars(session))
        for player in (best, wandering):
            turn, number, rng = opened(session), 0, Random(seed)
            texts: list[str] = []
            while turn.verdict is None:
                number += 1
                subject.demand(
                    number <= session.max_turns, f"level {level}, seed {seed}: turn {number} is played", "end it"
                )
                state = _through_json(subject, level, turn.state)
                action = player(session, state, rng)
                later = act(session, turn, number, action)
                subject.demand(
                    json.dumps(turn.state) == json.dumps(state),
                    f"level {level}, seed {seed}: step changes the state that it is given, {str(state)[:80]}",
                    "make a new state, with copies of lists",
                )
                subject.demand(
                    act(session, Turn(state, turn.observation, None), number, action) == later,
                    f"level {level}, seed {seed}: the same state and action {action!r} have two outcomes",
                    "compute what follows from the fields, the state and the action alone",
                )
                texts.append(TAGS.wrap(session.answer.render(action)))
                turn = later
            subject.demand(
                play(session, texts) == turn == play(session, [*texts, "more"]),
                f"level {level}, seed {seed}: the transcript {texts[:20]} does not replay",
                "keep everything in the state, and nothing between calls",
            )
        subject.demand(
            json.dumps(vars(session)) == fields,
            f"level {level}, seed {seed}: a session changes when it is played",
            "keep what changes in the state",
        )


def _through_json(subject: Subject, level: int, state: object) -> Any:
    try:
        read = json.loads(json.dumps(state))
    except (TypeError, ValueError):
        read = None
    subject.demand(
        read == state,
        f"level {level}: the state {repr(state)[:80]} changes on its way through JSON",
        "use int, str, bool, None, list and dict with string keys",
    )
    return read


def check_no_turn_upsets_it(subject: Subject) -> None:
    """Whatever the model writes, at its first turn and at its second, is answered or ends with a verdict."""
    for level in (0, 4):
        session = session_at(subject, level, 0)
        moves = transcript(session, best)
        starts = [(1, opened(session))] + [(2, turn) for _, turn in moves[:1] if turn.verdict is None]
        for (number, turn), marker in ((start, marker) for start in starts for marker in MARKERS):
            for text in hostile_texts(session, moves[number - 1][0], marker):
                try:
                    found = respond(session, turn, number, text, marker)
                except Exception as error:
                    raise Broken(
                        subject.environment,
                        f"level {level}, turn {number}: step raised {error!r} on {text[:80]!r}",
                        f"it must take every value that {type(session.answer).__name__}.parse gives",
                    ) from error
                subject.demand(
                    (found.verdict is None) == isinstance(found.observation, str),
                    f"level {level}, turn {number}: {text[:80]!r} leads to {found!r:.200}",
                    "a session goes on with an observation or is over",
                )


def check_turns_are_fast(subject: Subject) -> None:
    """No text takes over 10 ms, and neither does the replay of a whole transcript up to level 8."""
    mend = "keep what is costly to compute in a field, made by `generate`, and look at sizes before anything costly"
    for level in LEVELS:
        session = session_at(subject, level, 0)
        texts = written(session, transcript(session, wandering))
        found = contract.seconds(lambda session=session, texts=texts: play(session, texts), 0.01)
        subject.demand(
            found <= 0.01, f"level {level}: {len(texts)} turns took {1000 * found:.0f} ms to replay, limit 10", mend
        )
    for level in (4, top(subject)):
        session = session_at(subject, level, 0)
        turn = opened(session)
        for text in hostile_texts(session, session.solution(), TAGS):
            found = contract.seconds(lambda s=session, t=turn, x=text: respond(s, t, 1, x), 0.01)
            subject.demand(
                found <= 0.01,
                f"level {level}: a turn of {len(text)} characters {text[:40]!r} took {1000 * found:.0f} ms, limit 10",
                mend,
            )


def check_session_survives_json_and_pickle(subject: Subject) -> None:
    """Fields hold JSON types, so a session that was written and read is the same session."""
    for level, seed, session in places(subject):
        text = json.dumps(vars(session))
        subject.demand(
            len(text) < 65_536, f"level {level}: a session takes {len(text)} bytes, limit 65,536", "be brief"
        )
        subject.demand(
            subject.environment(**json.loads(text)) == session and pickle.loads(pickle.dumps(session)) == session,
            f"level {level}, seed {seed}: the session changes on its way through JSON or pickle",
            "keep everything in fields, and only what JSON gives back equal",
        )


def check_seeds_give_different_sessions(subject: Subject) -> None:
    """Of 40 at least 3 at level 0 and 10 at level 4. Prompts may be equal: they do not show what is hidden."""
    for level, least in ((0, 3), (4, 10)):
        fields = {json.dumps(vars(subject.problem(level, seed)), sort_keys=True) for seed in range(40)}
        subject.demand(
            len(fields) >= least,
            f"level {level}: of 40 sessions {len(fields)} differ, expected {least}",
            "draw from a wider range, or start with larger ones",
        )


def check_higher_levels_take_more(subject: Subject) -> None:
    """The reference player's transcripts never shrink by more than noise and grow over any four levels."""
    first = max((question(subject.problem(0, seed)) for seed in SEEDS), key=len)
    subject.demand(
        len(first) <= 450,
        f"a question at level 0 has {len(first)} characters, expected at most 450: {first[:100]!r}...",
        "say it in fewer words",
    )
    highest = top(subject)
    subject.demand(
        highest >= 4, f"the ladder ends at level {highest}, expected to climb to 4 at least", "let sizes grow further"
    )

    def length(level: int, seed: int) -> int:
        session = session_at(subject, level, seed)
        moves = transcript(session, best)
        return len(session.prompt()) + sum(
            len(session.answer.render(action)) + len(turn.observation or "") for action, turn in moves
        )

    def climbs(lower: int, higher: int, factor: float) -> bool:
        for count in (5, 40):
            before, after = (fmean(length(level, seed) for seed in range(count)) for level in (lower, higher))
            if after > factor * before:
                return True
        return False

    for lower, higher in pairwise(range(min(highest, 8) + 1)):
        subject.demand(climbs(lower, higher, 0.98), f"level {higher} is played faster than {lower}", "never ease")
    for lower in range(min(highest, 8) - 3):
        subject.demand(
            climbs(lower, lower + 4, 1.0),
            f"level {lower + 4} takes no more than level {lower}",
            "let the ladder climb, at most until it ends",
        )


def check_playing_blind_loses(subject: Subject) -> None:
    """Who heeds no observation, copies from it or moves at random wins under 60 % at level 0, under 35 % at level 4."""
    declared = contract.declared_rate(subject)
    for level, undeclared in ((0, 0.6), (4, 0.35)):
        limit = undeclared if declared is None else max(undeclared, declared + 0.1)
        rate, how = best_blind_rate(subject, level, 100)
        if rate > limit:  # one more look at more sessions, since 100 may be lucky
            rate, how = best_blind_rate(subject, level, 400)
        subject.demand(
            rate <= limit,
            f"level {level}: {how} wins {rate:.0%}, limit {limit:.0%}",
            "give fewer turns or larger sessions, or declare `guessable` with the measured rate and the reason",
        )


def best_blind_rate(subject: Subject, level: int, count: int) -> tuple[float, str]:
    """The share of sessions that the luckiest player wins who does no work, and how it plays."""
    sessions = [session_at(subject, level, seed) for seed in range(count)]
    answer = subject.environment.answer
    scripts: Counter[tuple[str, ...]] = Counter()
    for session in sessions[:40]:
        scripts[tuple(answer.render(action) for action, _ in transcript(session, best))] += 1
    actions = Counter(script[0] for script in scripts)
    usual = actions.most_common(1)[0][0]
    constants = ["0", "1", "2", "1 1", "1 2", *(text for text, _ in actions.most_common(3))]
    constants += answer.options if isinstance(answer, Choice) else ()
    won: Counter[str] = Counter()
    for seed, session in enumerate(sessions):
        players: dict[str, Callable[[int, str], str]] = {
            f"always {text!r}": lambda _, __, text=text: text for text in constants
        }
        players |= {
            f"the script {', '.join(script)}": lambda turn, _, script=script: script[turn % len(script)]
            for script, _ in scripts.most_common(8)
        }
        players |= {
            f"word {place} of the observation": lambda _, seen, place=place: _word(seen, place, answer) or usual
            for place in range(-3, 3)
        }
        for how, player in players.items():
            won[how] += _wins(session, player)
        end = transcript(session, wandering, seed)[-1][1].verdict
        won["moving at random"] += end is not None and end.correct
    ((how, most),) = won.most_common(1)
    return most / count, how


def _word(seen: str, place: int, answer: AnswerType[Any]) -> str | None:
    """That word of the observation, where it can be read as an action."""
    words = re.findall(r"-?\w+", seen)
    word = words[place] if -len(words) <= place < len(words) else ""
    return None if answer.parse(word) is None else word


def _wins(session: Session[Any], player: Callable[[int, str], str]) -> bool:
    turn, number = opened(session), 0
    while turn.verdict is None:
        number += 1
        turn = respond(session, turn, number, TAGS.wrap(player(number - 1, turn.observation or "")))
    return turn.verdict.correct


def check_question_and_observations_are_plain(subject: Subject) -> None:
    """ASCII text without a marker; the question ends with the answer's format and marker."""
    for level, seed, session in places(subject):
        prompt = session.prompt()
        texts = [prompt, *(turn.observation for _, turn in transcript(session, wandering, seed) if turn.observation)]
        for text in texts:
            subject.demand(
                text == text.strip() and bool(text) and "\t" not in text and text.isascii(),
                f"level {level}: what is said is ASCII text without white space around it, got {text[:200]!r}",
                "strip it, and say something",
            )
        for marker in MARKERS:
            subject.demand(
                question(session, marker).endswith(f"Answer with {session.answer.hint()}, as {marker.wrap('...')}")
                and not any(marker.opening in text for text in texts),
                f"the question ends with the answer's format and marker, and nothing else shows it: {prompt[-100:]!r}",
                "leave `request` to the framework and the answer's format to the answer type",
            )


def check_no_session_touches_what_is_outside(subject: Subject) -> None:
    """No global randomness, no file, network or program, no heavy package."""
    before = random.getstate()
    for level in LEVELS[:4]:
        for seed in SEEDS[:5]:
            for player in (best, wandering):
                transcript(session_at(subject, level, seed), player, seed)
    subject.demand(
        random.getstate() == before,
        "the global random state changed",
        "let an opponent draw from Random(...) of a field and the state",
    )
    contract.check_sighting_is_clean(subject)


def check_start_is_the_prompt(subject: Subject) -> None:
    """What `start` says is what is asked, and max_turns is a bound of 1 to 4,096 actions."""
    for level, seed, session in places(subject):
        subject.demand(
            session.start() == Step(session.opening(), session.prompt()),
            f"level {level}, seed {seed}: start is {session.start()!r:.200}",
            "leave `start` as it is, and let `opening` and `prompt` depend on the fields alone",
        )
        subject.demand(
            1 <= session.max_turns <= 4096,
            f"level {level}, seed {seed}: max_turns is {session.max_turns}, expected 1 to 4,096",
            "bound it by the sizes",
        )


SESSION_CHECKS: tuple[Check, ...] = (
    contract.check_catalogue_row_is_complete,
    check_start_is_the_prompt,
    check_reference_player_succeeds,
    check_transcripts_replay,
    check_no_turn_upsets_it,
    contract.check_same_seed_gives_the_same_problem,
    contract.check_problems_do_not_depend_on_the_process,
    check_no_session_touches_what_is_outside,
    check_session_survives_json_and_pickle,
    check_seeds_give_different_sessions,
    check_higher_levels_take_more,
    check_playing_blind_loses,
    check_question_and_observations_are_plain,
    contract.check_generation_is_fast,
    check_turns_are_fast,
)
