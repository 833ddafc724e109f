"""Situations as phones play them: real bodies, clocks and chains, made in the order in which things were done."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from fractions import Fraction
from typing import Any

from floor import SITES, START, Phone, material
from simulation.oracle_context import Known, what_is_odd
from situations import Said, Situation

from sync.chain import fingerprint
from sync.context import Context, judge
from sync.event import read
from sync.exception import Trouble
from sync.outbox import Kept

Made = list[tuple[Phone, Kept]]


class Story:
    """A situation as its phones recorded it."""

    def __init__(self, situation: Situation) -> None:
        self.phones = {name: _phone(said) for name, said in situation.told["phones"].items()}
        self.made: dict[str, tuple[Phone, Kept]] = {}
        for said in situation.told["events"]:
            self._play(dict(said))

    def without(self, names: list[str]) -> Made:
        """Give all that was recorded but these."""
        return [one for name, one in self.made.items() if name not in names]

    def name_of(self, event_id: bytes) -> str:
        """Name an event again; two bodies under one id go by the first one's name."""
        return next(name for name, (_, kept) in self.made.items() if kept.id == event_id)

    def names(self) -> dict[tuple[bytes, bytes], str]:
        """Give the name of every body by id and fingerprint."""
        return {(kept.id, fingerprint(kept.body)): name for name, (_, kept) in self.made.items()}

    def judged(self, context: Mapping[str, Said]) -> Iterator[tuple[str, tuple[list[str], list[str]]]]:
        """Judge events by what a vector says is known around them: by `sync.context`, and by the oracle."""
        for name, said in context.items():
            fact = read(self.made[name][1].body)
            assert not isinstance(fact, str)
            known = {key: _as_known(key, value) for key, value in said.items()}
            yield name, (judge(fact, Context(**known)), sorted(what_is_odd(fact, Known(**known))))

    # --- what phones do

    def _play(self, said: Said) -> None:
        match said:
            case {"clone": name, "of": other}:
                self.phones[name] = deepcopy(self.phones[other])
                self.phones[name].made += 100  # it mints other ids
            case {"goes_on_anew": name}:
                phone = self.phones[name]
                phone.outbox.begin(bytes([0x80 + phone.n]) * 16)
            case {"clock_of": name, "turned_by": ms}:
                self.phones[name].skew_ms += ms
            case _:
                self._record(said)

    def _record(self, said: Said) -> None:
        name, phone = said.pop("event"), self.phones[said.pop("by")]
        at = said.pop("at")
        after = tuple(self.made[known][1] for known in said.pop("knows", []))
        same_id = said.pop("id_of", None)
        event_id = self.made[same_id][1].id if same_id else b""
        if "raw" in said:
            phone.made += 1
            kept = phone.outbox.record(bytes([phone.n]) + phone.made.to_bytes(15, "big"), said["raw"].encode())
        else:
            if "person" in said:
                said["actor"] = _person(said.pop("person"))
            if "on" in said:
                trouble = self.trouble(said.pop("on"))
                said |= {"exception": trouble.id.hex(), "evidence": trouble.evidence.hex()}
            body = {_keyword(key): self._meant(key, value) for key, value in said.items() if key != "type"}
            kept = phone.record(said["type"], at=at, after=after, event_id=event_id, **body)
        self.made[name] = phone, kept

    def _meant(self, key: str, value: Any) -> Any:
        """Put in place of a name what it stands for."""
        match key, value:
            case "material", int() | str():
                return material(value)
            case "material", dict():
                return material(value.get("quantity", 25_000)) | value
            case "target" | "count", str():
                return self.made[value][1].id.hex() if value in self.made else value
            case "events" | "effects", list():
                return [self.made[name][1].id.hex() for name in value]
            case "device", str():
                return self.phones[value].id.hex()
            case "inc", str():
                return self.phones[value].outbox.inc.hex()
            case "heads", list():
                return [self._end(name, seq) for name, seq in value]
            case "to_person" | "second", int():
                return _person(value)
            case "until", int():
                return START + value
        return value

    def _end(self, name: str, seq: int) -> Said:
        """Name the end of a phone's chain as an office does that holds it so far."""
        outbox = self.phones[name].outbox
        ends = [kept.hash.hex() for kept in outbox.events if (kept.inc, kept.seq) == (outbox.inc, seq)]
        return {"inc": outbox.inc.hex(), "seq": seq, "hash": ends[0] if ends else None}

    def trouble(self, said: Said) -> Trouble:
        """Read an exception as a vector writes it."""
        subject = re.sub(r"\{([^}]+)\}", lambda name: self._id_of(name[1]), said["about"])
        ids = tuple(sorted({self.made[name][1].id for name in said.get("events", [])}))
        return Trouble(said["kind"], subject, ids, said.get("detail", ""))

    def _id_of(self, name: str) -> str:
        if name in self.made:
            return self.made[name][1].id.hex()
        return self.phones[name].outbox.inc.hex() if name in self.phones else _person(int(name))


def _as_known(key: str, value: Any) -> Any:
    if key == "per_unit":
        return {unit: Fraction(much) for unit, much in value.items()}
    return frozenset(value) if key in ("materials", "owners") else value


def _keyword(key: str) -> str:
    return {"from": "from_", "to_person": "person"}.get(key, key)


def _person(n: int) -> str:
    return (bytes([0xA0 + n]) * 16).hex()


def _phone(said: Mapping[str, Any]) -> Phone:
    n = said["phone"]
    return Phone(
        n, said.get("site", SITES[(n - 1) % len(SITES)]), skew_ms=said.get("clock_off", 0), actor=said.get("person"),
        compared=said.get("compared", False),
    )  # fmt: skip
