"""Where trials take place: one small file each, in memory where there is any, and the call between two of its ends."""

import asyncio
import contextlib
import fcntl
import json
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from django.conf import settings

from ringfence.adapters.sip_trial.caller import line
from ringfence.adapters.sip_trial.messages import Address, Message
from ringfence.adapters.sip_trial.phone import Behaviour, phone
from ringfence.adapters.switch.launch import is_installed
from ringfence.adapters.switch.node import from_settings
from ringfence.telephony.trial import IN_AN_HOUR, KEPT_SECONDS, Kind, Party, Step, Trial, too_many

LONGEST_SECONDS = 60
"""After this a trial that has not ended never will: whoever placed it has died."""
STILL_SECONDS = 10
"""After this a trial of which nobody has said anything waits for a worker that stands still."""
TALK_SECONDS = 2.0
RING_SECONDS = 2.0
PATIENCE_SECONDS = 12.0
SILENCE_SECONDS = 4.0
BEHAVIOURS = {Kind.BUSY: Behaviour.BUSY, Kind.UNANSWERED: Behaviour.RINGS}
_ID = re.compile(r"[0-9a-f]{16}")


class TrialStage:
    """The port `Stage`: files under the setting `TRIAL_DIR`, a phone on the setting `TRIAL_PORT` of this machine."""

    def __init__(self) -> None:
        """Name the folder; nothing is made yet."""
        self._folder = Path(settings.TRIAL_DIR)

    def open(self, kind: Kind) -> tuple[str, bool]:
        """See `ringfence.telephony.trial.Stage.open`."""
        with self._alone():
            self.tidy()
            kept = list(self._folder.glob("*.json"))
            for path in kept:
                found = self.look(path.stem)
                if found and not found.ended:
                    return found.id, False
            if len(kept) >= IN_AN_HOUR:
                raise too_many()
            trial = Trial(secrets.token_hex(8), kind)
            self._keep(trial)
            return trial.id, True

    def place(self, trial: str, number: str, caller: str) -> None:
        """See `ringfence.telephony.trial.Stage.place`."""
        found = self.look(trial)
        if found is None or found.ended:
            return
        watch = Watch(self, replace(found, trouble=""))
        try:
            asyncio.run(_placed(watch, number, caller))
        except OSError:
            watch.trial = replace(watch.trial, trouble="port")
        finally:
            watch.end()

    def look(self, trial: str) -> Trial | None:
        """See `ringfence.telephony.trial.Stage.look`."""
        path = self._folder / f"{trial}.json"
        if not _ID.fullmatch(trial):
            return None
        try:
            kept = json.loads(path.read_text("utf-8"))
            age = time.time() - path.stat().st_mtime
        except (FileNotFoundError, ValueError):
            return None
        steps = tuple(
            Step(at, Party(sender), Party(receiver), *rest) for at, sender, receiver, *rest in kept["steps"]
        )
        found = Trial(**{**kept, "kind": Kind(kept["kind"]), "steps": steps})
        if found.ended or age <= (LONGEST_SECONDS if steps else STILL_SECONDS):
            return found
        return replace(found, ended=age > LONGEST_SECONDS, trouble="lost" if steps else "still")

    def tidy(self) -> None:
        """See `ringfence.telephony.trial.Stage.tidy`."""
        for path in self._folder.glob("*.json"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                    path.unlink()

    def ready(self) -> bool:
        """See `ringfence.telephony.trial.Stage.ready`."""
        return is_installed()

    def keep(self, trial: Trial) -> None:
        """Keep a trial as it stands now."""
        self._keep(trial)

    def _keep(self, trial: Trial) -> None:
        fresh = self._folder / f"{trial.id}.new"
        fresh.write_text(json.dumps(asdict(trial)), "utf-8")
        fresh.replace(self._folder / f"{trial.id}.json")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        for folder in (self._folder.parent, self._folder):
            folder.mkdir(mode=0o700, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Watch:
    """Writes down what the two ends of a trial's call say and hear."""

    def __init__(self, stage: TrialStage, trial: Trial) -> None:
        """The clock starts with the first message."""
        self._stage = stage
        self.trial = trial
        self._began: float | None = None

    def at_the_carrier(self, message: Message, sent: bool) -> None:  # noqa: FBT001 - as `Seen` says
        """Take note of a message that the carrier sent or received."""
        self._note(message, *((Party.CARRIER, Party.SWITCH) if sent else (Party.SWITCH, Party.CARRIER)))

    def at_the_phone(self, message: Message, sent: bool) -> None:  # noqa: FBT001 - as `Seen` says
        """Take note of a message that the phone sent or received."""
        self._note(message, *((Party.PHONE, Party.SWITCH) if sent else (Party.SWITCH, Party.PHONE)))

    def _note(self, message: Message, sender: Party, receiver: Party) -> None:
        now = time.perf_counter()
        if self._began is None:
            self._began = now
        step = Step(round((now - self._began) * 1000, 2), sender, receiver, message.said, message.method)
        self.trial = replace(self.trial, steps=(*self.trial.steps, step))

    def rang_at(self) -> float | None:
        """Return when the carrier heard that it rings, in milliseconds; None when it did not."""
        heard = (s.at for s in self.trial.steps if s.receiver is Party.CARRIER and s.said.startswith("18"))
        return next(heard, None)

    def write(self) -> None:
        """Keep what is known so far."""
        self._stage.keep(self.trial)

    def end(self) -> None:
        """Keep the trial as one that has ended."""
        self.trial = replace(self.trial, ended=True)
        self.write()


async def _placed(watch: Watch, number: str, caller: str) -> None:
    node = from_settings()
    switch: Address = (node.address, node.sip_port)
    behaviour = BEHAVIOURS.get(watch.trial.kind, Behaviour.ANSWERS)
    place = (node.address, int(settings.TRIAL_PORT))
    writing = asyncio.create_task(_written(watch))
    try:
        async with (
            phone(place, behaviour, ring=RING_SECONDS, seen=watch.at_the_phone),
            line(switch, address=(node.address, 0), seen=watch.at_the_carrier) as carrier,
        ):
            call = await carrier.call(
                number,
                caller=caller,
                patience=PATIENCE_SECONDS,
                talk=TALK_SECONDS,
                setup=SILENCE_SECONDS,
            )
            # The last words of a call may still be on their way to the phone.
            await asyncio.sleep(0.1)
    finally:
        writing.cancel()
    watch.trial = replace(watch.trial, status=call.status, setup=watch.rang_at())


async def _written(watch: Watch) -> None:
    """Keep what is known, several times a second; not at each message, so that writing does not slow the call."""
    while True:
        watch.write()
        await asyncio.sleep(0.1)
