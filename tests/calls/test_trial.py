"""A trial call goes through a real switch, and what is seen of it is what both ends said."""

import os
import threading
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from ringfence.adapters.sip_trial import stage as trial_stage
from ringfence.kernel.refusal import Refusal
from ringfence.telephony.ports import Plan, Route, RouteState, StepKind
from ringfence.telephony.ports import Step as Ring
from ringfence.telephony.trial import CALLED, CALLER, IN_AN_HOUR, Kind, Party, Step, Trial
from tests.calls.conftest import Edge
from tests.calls.sip_messages import open_link
from tests.calls.sip_peers import free_port, wait_for


@pytest.fixture
def stage(
    shared_edge: Edge, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> trial_stage.TrialStage:
    """The stage of a store whose switch is the edge, with its numbers published."""
    settings.SIP_RUN_DIR, settings.SIP_SPOOL_DIR = (
        str(shared_edge.node.run_dir),
        str(shared_edge.node.spool_dir),
    )
    settings.SIP_ADDRESS, settings.SIP_PORT = shared_edge.address
    settings.TRIAL_DIR, settings.TRIAL_PORT = tmp_path / "switch" / "trial", free_port()
    for name in ("RING_SECONDS", "TALK_SECONDS"):
        monkeypatch.setattr(trial_stage, name, 0.1)
    monkeypatch.setattr(trial_stage, "PATIENCE_SECONDS", 0.5)
    (tmp_path / "switch").mkdir()
    rings = Ring(StepKind.SIP, f"sip:demo@127.0.0.1:{settings.TRIAL_PORT}", 20)
    shared_edge.switch.publish(
        [
            Route(CALLED[Kind.ANSWERED], RouteState.IN_SERVICE, (Plan((rings,)),)),
            Route(CALLED[Kind.SUSPENDED], RouteState.SUSPENDED),
        ]
    )
    return trial_stage.TrialStage()


def place(stage: trial_stage.TrialStage, kind: Kind) -> Trial:
    """Have a trial placed, as the worker does."""
    trial, new = stage.open(kind)
    assert new
    stage.place(trial, CALLED[kind], CALLER)
    found = stage.look(trial)
    assert found
    return found


@pytest.mark.parametrize(
    ("kind", "status", "ladder"),
    [
        (Kind.ANSWERED, 200, "INVITE 100 INVITE 180 180 200 200 ACK ACK BYE BYE 200 200"),
        (Kind.BUSY, 486, "INVITE 100 INVITE 486 ACK 486 ACK"),
        (Kind.UNANSWERED, 487, "INVITE 100 INVITE 180 180 CANCEL"),
        (Kind.SUSPENDED, 403, "INVITE 403 ACK"),
        (Kind.UNKNOWN, 404, "INVITE 404 ACK"),
    ],
)
def test_what_both_ends_say_is_seen_in_order(
    stage: trial_stage.TrialStage, kind: Kind, status: int, ladder: str
) -> None:
    trial = place(stage, kind)
    said = [step.said.partition(" ")[0] for step in trial.steps]
    assert (trial.ended, trial.status, trial.trouble) == (True, status, "")
    # Two processes of the switch may send the messages of one call in another order.
    wanted = ladder.split()
    assert said[0] == "INVITE"
    assert sorted(said[: len(wanted)]) == sorted(wanted)
    assert [step.at for step in trial.steps] == sorted(step.at for step in trial.steps)
    assert trial.rang == (kind in {Kind.ANSWERED, Kind.UNANSWERED})
    assert (trial.setup is not None) == trial.rang
    assert trial.setup is None or 0 < trial.setup < 1000


@pytest.mark.promise("2.8")
def test_nobodys_number_is_kept_of_a_trial(stage: trial_stage.TrialStage) -> None:
    place(stage, Kind.ANSWERED)
    kept = b"".join(path.read_bytes() for path in stage._folder.iterdir())
    assert b"INVITE" in kept
    for number in (CALLER, CALLED[Kind.ANSWERED]):
        assert number[3:].encode() not in kept


def test_one_call_at_a_time_can_be_watched_as_it_goes(
    stage: trial_stage.TrialStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial_stage, "RING_SECONDS", 0.5)
    trial, _new = stage.open(Kind.ANSWERED)
    thread = threading.Thread(target=stage.place, args=(trial, CALLED[Kind.ANSWERED], CALLER))
    thread.start()
    found = wait_for(lambda: found if (found := stage.look(trial)) and found.rang else None)
    assert not found.ended
    assert stage.open(Kind.BUSY) == (trial, False)
    thread.join()
    assert stage.open(Kind.BUSY)[1]


def test_there_are_so_many_within_an_hour_and_they_are_forgotten_after_it(
    stage: trial_stage.TrialStage,
) -> None:
    for _ in range(IN_AN_HOUR):
        trial, _new = stage.open(Kind.UNKNOWN)
        found = stage.look(trial)
        assert found
        stage.keep(Trial(trial, Kind.UNKNOWN, ended=True))
    with pytest.raises(Refusal):
        stage.open(Kind.UNKNOWN)
    long_ago = time.time() - 3601
    for path in stage._folder.glob("*.json"):
        os.utime(path, (long_ago, long_ago))
    assert stage.open(Kind.UNKNOWN)[1]
    assert stage.look(trial) is None


@pytest.mark.parametrize("begun", [True, False])
def test_a_trial_that_was_left_alone_ends_as_lost(stage: trial_stage.TrialStage, *, begun: bool) -> None:
    trial, _new = stage.open(Kind.ANSWERED)
    if begun:
        said = Step(0.0, Party.CARRIER, Party.SWITCH, "INVITE", "INVITE")
        stage.keep(Trial(trial, Kind.ANSWERED, (said,)))
    before = time.time() - 61
    os.utime(stage._folder / f"{trial}.json", (before, before))
    found = stage.look(trial)
    assert found
    assert (found.ended, found.trouble) == (True, "lost" if begun else "still")
    assert stage.look("../../etc/passwd") is None


def test_a_port_in_use_is_told(stage: trial_stage.TrialStage, settings: Settings) -> None:
    with open_link(("127.0.0.1", settings.TRIAL_PORT)):
        assert place(stage, Kind.ANSWERED).trouble == "port"
