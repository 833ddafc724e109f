"""The server's outbox and the phone's follow the same traces: what simulated phones were told, and what must then be.

`tests/vectors/outbox_traces.json` holds a few, for both languages; fresh ones are played to the phone's code here.
More: `PYTHONPATH=tests python -m simulation.traces FIRST LAST FILE` writes those of the seeds, and in `pwa/`
`TRACES=FILE npx vitest run tests/traces.test.ts` plays them.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from simulation.traces import Trace, traces

from sync.outbox import Kept, Outbox
from sync.wire import EventVerdict, Link, Pace, PushAnswer

TESTS = Path(__file__).parent
VECTORS = TESTS / "vectors" / "outbox_traces.json"
FRESH = range(300, 302)


def begun(trace: Trace) -> Outbox:
    """Give an outbox that holds what the disk held."""
    outbox = Outbox(bytes.fromhex(trace["device"]), bytes.fromhex(trace["inc"]))
    outbox.head, outbox.bases = Link(**trace["head"]), trace["bases"]
    for held in trace["holds"]:
        event_id, inc, previous, digest = (bytes.fromhex(held[name]) for name in ("id", "inc", "previous", "hash"))
        ack = None if held["ack"] is None else tuple(held["ack"])
        outbox.events.append(
            Kept(event_id, inc, held["seq"], held["body"].encode(), previous, digest, ack, held["made_at"])
        )
    return outbox


def answer_of(step: dict[str, Any]) -> PushAnswer:
    """Give the answer a trace says the phone heard."""
    return PushAnswer(
        proto=1, server_time=step["server_time"], nonce="", epoch=step["epoch"], bases=step["bases"],
        verdicts=[EventVerdict(**verdict) for verdict in step["verdicts"]], received=Link(0, "0" * 64), missing=[],
        fork=False, do=[], feed_head=0, next=Pace(200, 0), durable_pos=step["durable_pos"],
    )  # fmt: skip


def played(outbox: Outbox, step: dict[str, Any]) -> list[str]:
    """Do what a step says; give what was let go of."""
    if step["do"] == "record":
        outbox.record(bytes.fromhex(step["id"]), step["body"].encode(), step["made_at"])
    if step["do"] != "hear":
        return []
    answer = answer_of(step)
    outbox.answered(answer)
    gone = outbox.let_go(answer)
    if step["begins"]:
        outbox.begin(bytes.fromhex(step["begins"]))
    return [event.id.hex() for event in gone]


@pytest.mark.requirement("S8")
def test_what_a_simulated_phone_sends_holds_and_lets_go_of_the_outbox_decides_alike() -> None:
    """The same file as the phone's twin reads (`pwa/tests/traces.test.ts`)."""
    let_go = begun_anew = 0
    for trace in json.loads(VECTORS.read_text()):
        outbox = begun(trace)
        made = [step["id"] for step in trace["steps"] if step["do"] == "record"]
        number = {event_id: n for n, event_id in enumerate([*(held["id"] for held in trace["holds"]), *made])}
        for step in trace["steps"]:
            gone = played(outbox, step)
            assert [number[event_id] for event_id in gone] == step.get("let_go", [])
            outbox.run_max, then = step["run_max"], step["then"]
            run = outbox.next_run()
            assert outbox.head == Link(**then["head"])
            assert [number[event.id.hex()] for event in outbox.unsent()] == then["unsent"]
            assert [number[event.id.hex()] for event in (run.events if run else ())] == then.get("run", [])
            assert (run is None) == ("base" not in then)
            assert run is None or run.base == Link(**then["base"])
            let_go += len(gone)
            begun_anew += bool(step.get("begins"))
    assert let_go >= 20
    assert begun_anew >= 2


@pytest.mark.requirement("S8")
def test_the_phones_own_code_follows_fresh_traces(tmp_path: Path) -> None:
    """Worlds as they are today, told to the outbox the phone runs, in memory and on its disk."""
    file = tmp_path / "traces.json"
    file.write_text(json.dumps(traces(FRESH)))
    ended = subprocess.run(
        ["npx", "vitest", "run", "tests/traces.test.ts"], cwd=TESTS.parent / "pwa", check=False, capture_output=True,
        text=True, env=os.environ | {"TRACES": str(file), "NO_COLOR": "1"},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-4000:]
    assert "2 passed" in ended.stdout
