"""What phones of simulated worlds were told, and what they must then send, hold and let go: for the phone's own code.

A trace is one phone's life from one disk: it begins with what the disk holds and goes on until the phone loses its
storage or is put back to an image; a cloned phone's begins with its twin's disk. Every step says what was done or told
and what must be so afterwards. `pwa/tests/traces.test.ts` plays traces to the phone's outbox, in memory and on a disk;
`tests/test_simulation_traces.py` plays the same file to `sync/outbox.py`. The disk of a traced phone never fails: what
happens then is tried where the phone's real store is (`pwa/tests/nothing-lost.test.ts`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from simulation.handset import Disk, Handset, Written
from simulation.letters import Answer
from simulation.plan import plan
from simulation.world import World

from sync.outbox import Kept
from sync.wire import Link

Trace = dict[str, Any]


class TracedHandset(Handset):
    """A phone that writes its own trace."""

    traces: ClassVar[list[Trace]] = []
    is_told: ClassVar[bool] = True
    """Not told is the start of a phone from a disk that a new trace begins with."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._begin_trace()

    def _begin_trace(self) -> None:
        disk = self.disk
        self._numbers = {written.id: n for n, written in enumerate(disk.events.values())}
        self.trace: Trace = {
            "device": disk.device.hex(), "inc": disk.inc.hex(), "head": _link(disk.head),
            "bases": [list(base) for base in disk.bases], "holds": [_on_disk(disk, w) for w in disk.events.values()],
            "steps": [],
        }  # fmt: skip
        self.traces.append(self.trace)

    def _note(self, **step: Any) -> None:
        """Note a step and what must be so after it; events by their number in the trace."""
        run = self.outbox.next_run()
        then = {"head": _link(self.outbox.head), "unsent": self._named(event.id for event in self.outbox.unsent())}
        if run is not None:
            then |= {"base": _link(run.base), "run": self._named(event.id for event in run.events)}
        self.trace["steps"].append(step | {"run_max": self.outbox.run_max, "then": then})

    def _named(self, ids: Iterable[bytes]) -> list[int]:
        return [self._numbers[event_id] for event_id in ids]

    def record(self, event_id: bytes, body: bytes, now: int, *, completes: bool = True) -> Kept:
        """Save a scan; one that was never saved is not in the trace."""
        kept = super().record(event_id, body, now, completes=completes)
        if completes:
            self._numbers[event_id] = len(self._numbers)
            self._note(do="record", id=event_id.hex(), body=body.decode(), made_at=kept_at(self.disk, kept))
        return kept

    def hear(self, answer: Answer, now: int, new_inc: bytes, *, completes: bool = True) -> list[Written]:
        """Take an answer in, on a disk that never fails."""
        inc = self.outbox.inc
        gone = super().hear(answer, now, new_inc)
        told = answer.push
        self._note(
            do="hear", server_time=told.server_time, epoch=told.epoch, bases=[list(base) for base in told.bases],
            durable_pos=told.durable_pos, verdicts=[{"id": v.id, "v": v.v, "pos": v.pos} for v in told.verdicts],
            let_go=self._named(written.id for written in gone),
            begins=new_inc.hex() if self.outbox.inc != inc else None,
        )  # fmt: skip
        return gone

    def reopen(self) -> None:
        """Start again from what the disk has."""
        super().reopen()
        if self.is_told:
            self._note(do="reopen")

    def clone(self, n: int) -> Handset:
        """Give a second phone; its trace begins with what the first one holds."""
        TracedHandset.is_told = False
        twin = super().clone(n)
        TracedHandset.is_told = True
        assert isinstance(twin, TracedHandset)
        twin._begin_trace()
        return twin

    def roll_back(self) -> None:
        """Put the image back: another trace."""
        TracedHandset.is_told = False
        super().roll_back()
        TracedHandset.is_told = True
        self._begin_trace()

    def wipe(self, device: bytes, inc: bytes) -> None:
        """Lose everything: another trace."""
        super().wipe(device, inc)
        self._begin_trace()


def kept_at(disk: Disk, kept: Kept) -> int:
    """Give when the phone's clock says a saved scan was made."""
    return disk.events[kept.hash].made_at


def traces(seeds: Iterable[int]) -> list[Trace]:
    """Run worlds and give the traces of their phones that have something to tell."""
    found: list[Trace] = []
    for seed in seeds:
        TracedHandset.traces = []
        World(plan(seed), phone=TracedHandset).run()
        found += [{"seed": seed, **trace} for trace in TracedHandset.traces if len(trace["steps"]) > 1]
    return found


def _on_disk(disk: Disk, written: Written) -> dict[str, Any]:
    return {
        "id": written.id.hex(), "inc": written.inc.hex(), "seq": written.seq, "body": written.body.decode(),
        "previous": written.previous.hex(), "hash": written.hash.hex(), "made_at": written.made_at,
        "ack": disk.acks.get(written.hash),
    }  # fmt: skip


def _link(link: Link) -> dict[str, Any]:
    return {"seq": link.seq, "hash": link.hash}


def main() -> None:
    """Write the traces of the seeds from FIRST to LAST into FILE."""
    first, last, file = sys.argv[1:]
    Path(file).write_text(json.dumps(traces(range(int(first), int(last) + 1))))


if __name__ == "__main__":
    main()
