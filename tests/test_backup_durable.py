"""What phones are told is durable: whatever may still be restored, nothing they have let go of is ever lost."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from server.backup import announced
from server.backup.announced import Announcement, RecordUnreadable, behind, cut_back
from server.backup.copies import COUNTING, KEPT, Copy, Manifest, counting, durable
from server.intake.epochs import Epoch, History, Lineage
from sync.outbox import KEPT_MS_MIN, Kept, Outbox
from sync.wire import EventVerdict, Link, Pace, PushAnswer

SITES = ("WH", "FL")


def copy_of(number: int, lineage: Lineage, heads: dict[str, int], *, differences: tuple[str, ...] = ()) -> Copy:
    """Give a copy as its manifest tells it."""
    manifest = Manifest(
        made_at=number, installation="i", epoch=lineage[-1].id, lineage=lineage, heads=heads, size_bytes=0, sha256="",
        version="0", differences=list(differences),
    )  # fmt: skip
    return Copy(Path(f"batchspine-x-{number:06d}"), manifest)


class Plant:
    """A server that is backed up and restored, and two phones of two sites that let go of what they may."""

    def __init__(self) -> None:
        self.held: dict[str, list[bytes]] = {site: [] for site in SITES}
        self.lineage: Lineage = (Epoch("e0", {}),)
        self.boxes = {site: Outbox(site.encode().rjust(16), bytes(16)) for site in SITES}
        self.made: dict[str, set[bytes]] = {site: set() for site in SITES}
        self.copies: list[tuple[Copy, dict[str, list[bytes]]]] = []
        self.told: dict[str, Announcement] = {}
        self.durable: dict[str, int] = {}
        self.now = 0
        self.let_go = 0

    def scan(self, site: str) -> None:
        """Record a scan; every second one is old enough to be let go as soon as it may."""
        event_id = len(self.made[site]).to_bytes(16, "big")
        made_at = self.now - KEPT_MS_MIN - 1 if len(self.made[site]) % 2 else self.now
        self.boxes[site].record(event_id, site.encode(), made_at)
        self.made[site].add(event_id)

    def call(self, site: str, *, is_answered: bool) -> None:
        """Hand in what is waiting; the answer may get lost."""
        run, held = self.boxes[site].next_run(), self.held[site]
        verdicts = []
        for kept in run.events if run else ():
            if kept.id not in held:
                held.append(kept.id)
            verdicts.append(EventVerdict(kept.id.hex(), "stored", held.index(kept.id) + 1))
        answer = PushAnswer(
            proto=1, server_time=self.now, nonce="", epoch=self.lineage[-1].id,
            bases=list(History(self.lineage).bases(site)), verdicts=verdicts, received=Link(0, "00" * 32), missing=[],
            fork=False, do=[], feed_head=0, next=Pace(200, 0), durable_pos=self.durable.get(site, 1),
        )  # fmt: skip
        if is_answered:
            self.boxes[site].answered(answer)
            self.let_go += len(self.boxes[site].let_go(answer))

    def back_up(self, *, is_verified: bool) -> None:
        """Make a copy, keep as many as are kept, announce what is durable now."""
        number = self.copies[-1][0].number + 1 if self.copies else 1
        heads = {site: len(held) for site, held in self.held.items()}
        copy = copy_of(number, self.lineage, heads, differences=() if is_verified else ("odd",))
        self.copies = [*self.copies, (copy, {site: list(held) for site, held in self.held.items()})][-KEPT:]
        self.announce()

    def announce(self) -> None:
        """As the keeper does: on record first, then told."""
        self.durable = durable([copy for copy, _ in self.copies], self.lineage)
        announced._merge(self.told, Announcement(self.lineage, self.durable))

    def restore(self, choice: int, name: str) -> None:
        """Bring back one of the copies that may be brought back, counted from the oldest."""
        allowed = [kept for kept in self.copies if kept[0].is_verified and not behind(kept[0], self.told.values())]
        if not allowed:
            return
        copy, held = allowed[choice % len(allowed)]
        self.held = {site: list(ids) for site, ids in held.items()}
        self.lineage = (*copy.manifest.lineage, Epoch(name, {site: len(ids) + 1 for site, ids in held.items()}))
        self.announce()

    def step(self, n: int, kind: str, choice: int) -> None:
        """Let one thing happen."""
        site = SITES[choice % 2]
        match kind:
            case "scan":
                self.scan(site)
            case "call" | "call_unheard":
                self.call(site, is_answered=kind == "call")
            case "back_up" | "back_up_badly":
                self.back_up(is_verified=kind == "back_up")
            case "restore":
                self.restore(choice, f"e{n}")
            case _:
                self.now += KEPT_MS_MIN // 2

    def lost(self, site: str) -> set[bytes]:
        """Name the scans that exist nowhere."""
        return self.made[site] - set(self.held[site]) - {kept.id for kept in self.boxes[site].events}


RATES = {"scan": 30, "call": 26, "call_unheard": 4, "back_up": 14, "back_up_badly": 2, "restore": 4, "pass": 6}


@pytest.mark.requirement("A5", "S8")
@pytest.mark.parametrize("seed", range(60))
def test_whatever_may_be_restored_nothing_a_phone_let_go_is_lost(seed: int) -> None:
    """In any order of scans, calls, lost answers, good and bad copies, and restores of any copy that is allowed."""
    rng = random.Random(seed)
    plant = Plant()
    for n in range(1, 400):
        plant.step(n, rng.choices(list(RATES), list(RATES.values()))[0], rng.randrange(12))
        for copy in counting([copy for copy, _ in plant.copies]):
            assert behind(copy, plant.told.values()) == {}, "every copy that counts can be brought back"
        for site in SITES:
            assert plant.lost(site) == set()
            assert all(kept.previous == before.hash for before, kept in _pairs(plant.boxes[site]))
    for site in SITES:
        for _ in range(len(plant.made[site]) + 1):
            plant.call(site, is_answered=True)
        assert set(plant.held[site]) == plant.made[site], "everything arrives in the end"


def _pairs(box: Outbox) -> list[tuple[Kept, Kept]]:
    return [(one, other) for one, other in zip(box.events, box.events[1:], strict=False) if other.seq == one.seq + 1]


@pytest.mark.requirement("A5")
def test_a_plant_that_goes_on_for_long_lets_go_of_most() -> None:
    """Else the property above would hold for a phone that never lets go of anything."""
    plant = Plant()
    for n in range(200):
        for kind in ("scan", "call", "pass", "back_up"):
            plant.step(n, kind, n)
    assert plant.let_go > 180
    assert plant.lost("WH") == plant.lost("FL") == set()


@pytest.mark.requirement("A5")
def test_durable_follows_the_newest_copy_but_one_and_never_the_newest() -> None:
    life = (Epoch("e0", {}),)
    copies = [copy_of(n, life, {"WH": 10 * n}) for n in range(1, 5)]
    assert durable(copies[:1], life) == {}
    assert durable(copies[:2], life) == {"WH": 11}
    assert durable(copies, life) == {"WH": 31}
    assert [copy.number for copy in counting(copies)] == [3, 4]
    odd = copy_of(5, life, {"WH": 50}, differences=("odd",))
    assert durable([*copies, odd], life) == {"WH": 31}, "a copy that was not verified moves nothing"
    later = (*life, Epoch("e1", {"WH": 26}))
    assert durable(copies, later) == {"WH": 26}, "behind the restore the copies hold another history"
    assert durable(copies, (Epoch("of-others", {}),)) == {"WH": 1}
    assert COUNTING == 2


@pytest.mark.requirement("A5")
def test_what_was_announced_is_on_record_in_every_place_and_only_rises(tmp_path: Path) -> None:
    data, place = tmp_path / "data", tmp_path / "copies"
    data.mkdir(), place.mkdir()
    life = (Epoch("e0", {}),)
    announced.record([data, place], "i", life, {"WH": 31})
    announced.record([data, place], "i", life, {"WH": 11, "FL": 5})
    assert announced.read([data], "i") == announced.read([place], "i") == [Announcement(life, {"FL": 5, "WH": 31})]
    assert announced.read([data, place], "of-others") == []
    (data / "announced-i.json").unlink()
    assert announced.read([data, place], "i") == [Announcement(life, {"FL": 5, "WH": 31})], "the other place knows"
    announced.record([data, place], "i", life, {"WH": 11})
    assert announced.read([data], "i") == [Announcement(life, {"FL": 5, "WH": 31})], "and brings it back"
    (place / "announced-i.json").write_text("{")
    with pytest.raises(RecordUnreadable, match="cannot be read"):
        announced.read([data, place], "i")


@pytest.mark.requirement("A5")
def test_a_loss_somebody_has_accepted_does_not_forbid_every_later_restore() -> None:
    life = (Epoch("e0", {}),)
    told = [Announcement(life, {"WH": 31})]
    old, newer = copy_of(1, life, {"WH": 10}), copy_of(3, life, {"WH": 30})
    assert behind(newer, told) == {}
    assert behind(old, told) == {"WH": (10, 31)}
    after = cut_back(old, told)
    later = copy_of(9, (*life, Epoch("e1", {"WH": 11})), {"WH": 200})
    assert behind(later, told) == {"WH": (10, 31)}
    assert behind(later, after) == behind(newer, after) == behind(old, after) == {}
