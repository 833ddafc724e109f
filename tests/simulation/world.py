"""One simulated network: phones, relays, a hub, and everything that goes wrong between them, in virtual time.

`World(plan).run()` lets the plan happen, then heals everything, lets all outboxes drain, and asks every invariant
(`invariants.py`). Nothing in it reads a clock or draws at random: the same plan gives the same world, always.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from simulation import invariants
from simulation.desk import Cases, cases, decide
from simulation.feed import read_page
from simulation.handset import Handset, Written
from simulation.hub import Hub
from simulation.letters import Answer, Letter, joined
from simulation.plan import DAY, MINUTE, Dice, Plan, Step
from simulation.scans import SITES, Papers, body, scan
from simulation.scans import Body as Said

from sync.chain import fingerprint

if TYPE_CHECKING:
    from simulation.hubs import MakesHub

PHONES_MAX = 12
SKEWS = (0, 0, 0, 400, -90_000, 7_200_000, -86_400_000)
YEAR = 365 * DAY
DRAIN_ROUNDS = 60
DRAIN_RETRY = 90_000
GROUP = 50


class Violation(Exception):  # noqa: N818 - it is what was found, not an error of the simulator
    """An invariant does not hold."""

    def __init__(self, invariant: str, detail: str) -> None:
        super().__init__(f"{invariant}: {detail}")
        self.invariant = invariant


class Flying(NamedTuple):
    """A letter under way to the hub, perhaps by a relay, or an answer to one under way to its phone."""

    letter: Letter
    answer: Answer | None
    relay: Relay | None


class Relay:
    """A site's own small server: keeps letters verbatim and forwards them when it has a line."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.held: list[Letter] = []
        self.mail: list[tuple[Letter, Answer]] = []
        self.cut_until = 0


class World:
    """Everything there is, and what has been seen of it.

    `hub` makes the hub from its sites, the name of its first epoch and the events it likes per push; `phone` a phone.
    """

    def __init__(
        self, plan: Plan, story: list[str] | None = None, hub: MakesHub = Hub, phone: type[Handset] = Handset
    ) -> None:
        dice = Dice(plan.setting)
        self.plan, self.story = plan, story
        self.now = plan.steps[0].at if plan.steps else 0
        self.faults: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.phones: list[Handset] = []
        for n in range(2 + dice.pick(3) + dice.pick(4)):
            device, site = bytes([1 + n]) * 16, SITES[n % 3]
            self.phones.append(phone(n, site, device, bytes([101 + n]) * 16, f"{n // 2:032x}", dice.choose(SKEWS)))
        self.relays = [Relay(site) for site in SITES[: dice.pick(3)]]
        self.hub = hub(SITES, f"{dice.bits:032x}"[:32], dice.choose((2, 6, 200)))
        for one in self.phones:
            one.outbox.run_max = self.hub.events_per_push
        self.papers = Papers(self.phones)
        self.phones[0].is_desk = True
        self.flying: list[Flying] = []
        self.saved: set[tuple[bytes, bytes]] = set()
        self.excused: set[tuple[bytes, bytes]] = set()
        self.let_go: set[tuple[bytes, bytes]] = set()
        self.cheated: set[bytes] = set()
        self.listed: Cases | None = None
        self.is_draining = False

    # --- running

    def run(self) -> World:
        """Let the plan happen, heal, drain, and ask every invariant."""
        for step in self.plan.steps:
            self.now = self.hub.now = step.at
            self.counts[step.kind] += 1
            _HAPPENINGS[step.kind](self, step, Dice(step.bits))
        self.heal()
        invariants.hold(self)
        return self

    def tell(self, what: str) -> None:
        """Write a line of the story, if anybody will read it."""
        if self.story is not None:
            minutes = (self.now - self.plan.steps[0].at) // MINUTE
            self.story.append(f"day {minutes // 1440} {minutes // 60 % 24:02d}:{minutes % 60:02d}  {what}")

    def fault(self, kind: str, what: str = "") -> None:
        """Count a fault, and tell it."""
        self.faults[kind] += 1
        self.tell(f"** {what or kind.replace('_', ' ')}")

    def _phone(self, dice: Dice) -> Handset:
        return self.phones[dice.pick(len(self.phones))]

    # --- people and phones

    def scan(self, step: Step, dice: Dice) -> None:
        """Somebody records something."""
        phone = self._phone(dice)
        said, units = scan(dice, phone, self.papers)
        bytes_ = body(said, phone, phone.clock(self.now), phone.knows(units))
        event_id = _name(step)
        other = self._phone(dice)
        if other.own_scans and dice.chance(8):
            wanted = dice.choose(other.own_scans)[0]
            if all(made != wanted for made, _ in phone.own_scans):
                event_id = bytes.fromhex(wanted)
                self.fault("id_used_twice", f"phone {phone.n}'s next scan carries an id of phone {other.n}")
        dies = dice.chance(25)
        completes = not dies or dice.chance(500)
        self._save(phone, said, bytes_, event_id, completes=completes)
        self.tell(f"phone {phone.n} ({phone.site}) scans: {_in_words(said, self.story)}  [{short(event_id)}]")
        if completes:
            for serial in units:
                phone.mine[serial] = event_id.hex()
        if dies:
            self.fault(
                "killed_while_saving",
                f"phone {phone.n} dies, the write {'completed' if completes else 'did not complete'}",
            )
            phone.reopen()

    def send(self, step: Step, dice: Dice) -> None:
        """A phone pushes what it has not heard of yet, to the hub or to its site's relay."""
        phone = self._phone(dice)
        letter = phone.next_letter(self.now)
        if letter is None:
            return
        relay = next((relay for relay in self.relays if relay.site == phone.site), None)
        if relay is None or dice.chance(300):
            self.tell(f"phone {phone.n} sends {_numbers(letter)}")
            self.flying.append(Flying(letter, None, None))
        else:
            self.tell(f"phone {phone.n} hands {_numbers(letter)} to the relay of {relay.site}")
            relay.held.append(letter)
            for_others = [mail for mail in relay.mail if mail[0].sender != phone.n]
            mine = [mail for mail in relay.mail if mail[0].sender == phone.n]
            relay.mail = for_others
            for answered, answer in mine:
                self._hear(answered, answer, step, dice)

    def pull(self, step: Step, dice: Dice) -> None:
        """A phone reads the next page of its feed."""
        phone = self._phone(dice)
        if dice.chance(150):
            self.fault("pull_lost", f"phone {phone.n}'s pull is lost")
            return
        if dice.chance(500):
            phone.grant = self.papers.granted.get(phone.actor, phone.grant)
        self.read_page(phone, dice.choose((3, 10, 200)))

    def refill(self, step: Step, dice: Dice) -> None:
        """A phone throws its replica away: its database was damaged, or there was no room left for it."""
        phone = self._phone(dice)
        phone.forget(fills_anew=dice.chance(700))
        how = "the books as they stand" if phone.replica.is_filling else "its feed, from the beginning"
        self.fault("replica_lost", f"phone {phone.n} has to learn anew what its site knows, from {how}")

    def read_page(self, phone: Handset, limit: int) -> bool:
        """Read one page into a phone's replica; say whether there is more."""
        before, filled, held = phone.replica.pos, phone.replica.is_filling, bool(phone.replica.rows)
        more, broken = read_page(self.hub, phone, limit)
        if filled:
            self.counts["pages_of_standing_books"] += 1
            self.tell(f"phone {phone.n} reads the books as they stood at {phone.replica.pos}")
        elif phone.replica.pos > before:
            self.tell(f"phone {phone.n} reads its feed from {before} to {phone.replica.pos}")
        if held and not phone.replica.rows and not phone.replica.pos:
            self.fault("phone_switched_off", f"phone {phone.n} is told that it was switched off, and forgets its site")
        if broken:
            invariant, _, detail = broken.partition(": ")
            raise Violation(invariant, f"phone {phone.n}: {detail}")
        return more

    # --- the desk

    def decide(self, step: Step, dice: Dice) -> None:
        """Somebody at a desk looks at the list of exceptions, perhaps an old one, and decides one of them."""
        desks = [phone for phone in self.phones if phone.is_desk]
        if not desks:
            return
        if self.listed is None or not dice.chance(250):
            self.listed = cases(self.hub)
        if (decided := decide(dice, self.listed)) is None:
            return
        desk = dice.choose(desks)
        effects: list[str] = []
        for nth, said in enumerate((*decided.effects, decided.word), 1):
            body_of = said if said is not decided.word else said | {"effects": effects}
            event_id = _name(step, nth)
            self._save(desk, body_of, body(body_of, desk, desk.clock(self.now), []), event_id)
            effects.append(event_id.hex())
        self.counts["decisions"] += 1
        self.counts["remedies"] += len(decided.effects)
        self.tell(f"desk {desk.n} decides {decided.about}: {decided.word['choice']}, {len(decided.effects)} remedies"
                  f"  [{short(event_id)}]")  # fmt: skip

    def _save(self, phone: Handset, said: Said, bytes_: bytes, event_id: bytes, *, completes: bool = True) -> None:
        """Let a phone save a scan; what was not saved nobody can know of."""
        phone.record(event_id, bytes_, self.now, completes=completes)
        if completes:
            self.saved.add((event_id, fingerprint(bytes_)))
            self.papers.hear(said, event_id.hex())
            phone.own_scans.append((event_id.hex(), said["type"]))

    # --- the network and the hub

    def deliver(self, step: Step, dice: Dice) -> None:
        """The network carries something, in any order it likes."""
        if not self.flying:
            return
        place = dice.pick(len(self.flying))
        one = self.flying.pop(place) if not dice.chance(60) else self.flying[place]
        if one in self.flying:
            self.fault("doubled", "the network doubles a letter")
        if dice.chance(120):
            kind, what = ("answer_lost", "an answer to") if one.answer else ("request_lost", "a letter of")
            self.fault(kind, f"{what} phone {one.letter.sender} is lost")
            return
        if one.answer is not None:
            self._hear(one.letter, one.answer, step, dice)
            return
        group = [one]
        while self.flying and dice.chance(300):
            other = self.flying.pop(dice.pick(len(self.flying)))
            group.append(other)
        self._arrive([one for one in group if one.answer is None], dice)
        self.flying.extend(one for one in group if one.answer is not None)

    def _arrive(self, group: list[Flying], dice: Dice) -> None:
        letters = [one.letter for one in group]
        named = " and ".join(f"phone {letter.sender}'s {_numbers(letter)}" for letter in letters)
        trouble = dice.pick(1000)
        if trouble < 25:
            self.fault("crash_before_t1", f"the hub dies before it stores {named}")
            self.hub.restart()
        elif trouble < 50:
            self.hub.take(letters, stop_after_t1=True)
            self.fault("crash_between_t1_and_t2", f"the hub stores {named} and dies before settling")
            self.hub.restart()
        elif trouble < 80:
            self.hub.take(letters)
            self.fault("crash_after_t2", f"the hub settles {named} and dies before it answers")
            self.hub.restart()
        else:
            t2_fails = trouble < 110
            if t2_fails:
                self.fault("settlement_failed", f"the hub stores {named}, settling fails")
            else:
                self.tell(f"the hub takes {named}")
            for one, answer in zip(group, self.hub.take(letters, t2_fails=t2_fails), strict=True):
                if one.relay is not None:
                    one.relay.mail.append((one.letter, answer))
                else:
                    self.flying.append(one._replace(answer=answer))

    def _hear(self, letter: Letter, answer: Answer, step: Step, dice: Dice) -> None:
        """Bring an answer to the phone that asked, unless its browser has been started anew since."""
        phone = self.phones[letter.sender]
        if phone.life != letter.life:
            return
        if answer.push.fork and phone.is_honest and answer.inc == phone.outbox.inc.hex():
            raise Violation("I12", f"phone {phone.n} was neither cloned nor put back, and is told that it was")
        completes = self.is_draining or not dice.chance(80)
        new_inc = step.index.to_bytes(8, "big") + bytes([phone.n]) * 8
        gone = phone.hear(answer, self.now, new_inc, completes=completes)
        self.tell(f"phone {phone.n} hears: {len(answer.push.verdicts)} safe, durable below {answer.push.durable_pos}")
        if gone:
            self._see_let_go(phone, gone)

    def _see_let_go(self, phone: Handset, gone: list[Written]) -> None:
        self.tell(f"phone {phone.n} deletes {len(gone)} events as held for good")
        self.counts["let_go"] += len(gone)
        for written in gone:
            mine = written.id, fingerprint(written.body)
            self.let_go.add(mine)
            for place, backup in enumerate(self.hub.restorable()):
                if mine not in backup.prints:
                    raise Violation("I6", f"phone {phone.n} deleted {short(written.id)}, backup {place} lacks it")

    def relay(self, step: Step, dice: Dice) -> None:
        """A relay forwards one letter, or two that join; it keeps what is not answered."""
        if not self.relays:
            return
        relay = dice.choose(self.relays)
        if dice.chance(60):
            relay.cut_until = self.now + DAY
            self.fault("relay_cut_off", f"the relay of {relay.site} is cut off for a day")
        if self.now < relay.cut_until or not relay.held:
            return
        letter = relay.held.pop(dice.pick(len(relay.held)))
        for other in relay.held:
            if (both := joined(letter, other)) is not None:
                letter = both
                break
        self.tell(f"the relay of {relay.site} forwards phone {letter.sender}'s {_numbers(letter)}")
        self.flying.append(Flying(letter, None, relay))
        if dice.chance(200):
            relay.held.append(letter)

    # --- backups and restores

    def backup(self, step: Step, dice: Dice) -> None:
        """Somebody makes a backup; one that cannot be read back does not count."""
        if dice.chance(100):
            self.fault("backup_unreadable", "a backup turns out to be unreadable")
            return
        self.hub.back_up()
        self.tell("a backup is made and proven readable")

    def restore(self, step: Step, dice: Dice) -> None:
        """The hub comes back from one of its last backups, sometimes twice in a row."""
        for times in range(1 + dice.chance(250)):
            backups = self.hub.restorable()
            if not backups:
                return
            backup = dice.choose(backups)
            self.fault("hub_restored" if not times else "hub_restored_twice", "the hub is restored from "
                       f"{'the newest' if backup is self.hub.backups[-1] else 'an older'} backup")  # fmt: skip
            self.hub.restore(backup, f"{dice.pick(2**64):032x}")

    def retry(self, step: Step, dice: Dice) -> None:
        """The hub tries again what it could not settle."""
        self.hub.retry_pending()

    # --- what befalls phones

    def kill(self, step: Step, dice: Dice) -> None:
        """A browser is killed."""
        phone = self._phone(dice)
        self.fault("phone_killed", f"phone {phone.n} is killed and opened again")
        phone.reopen()

    def clone(self, step: Step, dice: Dice) -> None:
        """A phone's storage is copied to a new one; both go on."""
        if len(self.phones) >= PHONES_MAX:
            return
        phone = self._phone(dice)
        twin = phone.clone(len(self.phones))
        self.phones.append(twin)
        self._cheat(phone)
        self.fault("phone_cloned", f"phone {phone.n} is cloned to phone {twin.n}")

    def image(self, step: Step, dice: Dice) -> None:
        """Somebody makes an image of a phone."""
        phone = self._phone(dice)
        phone.image = phone.disk.copy()
        self.tell(f"an image is made of phone {phone.n}")

    def rollback(self, step: Step, dice: Dice) -> None:
        """The image is put back: what the phone alone held is lost, and nobody can help that."""
        phone = self._phone(dice)
        if phone.image is None or phone.image.device != phone.disk.device:
            return
        self._excuse(phone)
        phone.roll_back()
        self._cheat(phone)
        self.fault("phone_put_back", f"phone {phone.n} is put back to its image")

    def wipe(self, step: Step, dice: Dice) -> None:
        """A phone loses its storage and enrols anew."""
        phone = self._phone(dice)
        self._excuse(phone)
        device = (step.index + 1000).to_bytes(16, "big")
        phone.wipe(device, (step.index + 5000).to_bytes(16, "big"))
        self.fault("storage_lost", f"phone {phone.n} loses its storage and enrols anew")

    def turn(self, step: Step, dice: Dice) -> None:
        """Somebody turns a phone's clock."""
        phone = self._phone(dice)
        phone.skew = dice.choose((YEAR, -YEAR, 0, 3_600_000, -3_600_000))
        self.fault("clock_turned", f"phone {phone.n}'s clock is now {phone.skew // 1000} s off")

    def _excuse(self, phone: Handset) -> None:
        """What only this phone's storage had is gone with it."""
        self.excused |= {(w.id, fingerprint(w.body)) for w in phone.disk.events.values()}

    def _cheat(self, phone: Handset) -> None:
        for other in self.phones:
            if other.disk.device == phone.disk.device:
                other.is_honest = False

    # --- the end

    def audit(self, step: Step, dice: Dice) -> None:
        """Compare the books with the oracle in the middle of everything."""
        if not self.hub.is_behind():
            invariants.books_are_right(self)

    def heal(self) -> None:
        """Everything works again: relays empty themselves, phones push and pull until nothing is left to say."""
        self.is_draining = True
        self.hub.retry_pending()
        self.tell("everything heals")
        dice = Dice(0)
        step = Step(len(self.plan.steps) + 10_000, self.now, "heal", 0)
        late = [letter for relay in self.relays for letter in relay.held]
        self._hear_of([*late, *(one.letter for one in self.flying if one.answer is None)], step, dice)
        self.flying.clear()
        for _ in range(DRAIN_ROUNDS):
            self.now = self.hub.now = self.now + DRAIN_RETRY
            step = step._replace(index=step.index + 1)
            letters = []
            for phone in self.phones:
                phone.waiting_since, phone.outbox.run_max = None, GROUP
                letters.append(phone.next_letter(self.now))
            self._hear_of([letter for letter in letters if letter is not None], step, dice)
            if not any(phone.outbox.unsent() for phone in self.phones):
                break
        for phone in self.phones:
            pages = 0
            while self.read_page(phone, 200) and pages < DRAIN_ROUNDS * 10:
                pages += 1

    def _hear_of(self, letters: list[Letter], step: Step, dice: Dice) -> None:
        """Let the hub take letters in large groups, and the phones hear its answers."""
        for first in range(0, len(letters), GROUP):
            group = letters[first : first + GROUP]
            for letter, answer in zip(group, self.hub.take(group), strict=True):
                self._hear(letter, answer, step, dice)


def short(event_id: bytes) -> str:
    nth = event_id[6]
    return f"scan {int.from_bytes(event_id[7:], 'big')}{f'.{nth}' if nth else ''}"


def _name(step: Step, nth: int = 0) -> bytes:
    """Give the id of what a step records, the first or another thing."""
    return (step.at & (2**48 - 1)).to_bytes(6, "big") + bytes([nth]) + step.index.to_bytes(9, "big")


def _numbers(letter: Letter) -> str:
    events = letter.push.events
    inc = letter.push.inc[:4]
    return f"events {events[0].seq}–{events[-1].seq} of {inc}" if events else f"greeting ({inc})"


def _in_words(said: dict[str, object], story: list[str] | None) -> str:
    if story is None:
        return ""
    shown = {key: value for key, value in said.items() if value is not None and key not in ("type", "run", "reason")}
    what = shown.pop("material", None)
    if isinstance(what, dict):
        shown["quantity"] = f"{what['quantity']} {what['obtained']}"
    return f"{said['type']} " + " ".join(f"{key}={value}" for key, value in shown.items())


_HAPPENINGS: dict[str, Callable[[World, Step, Dice], None]] = {
    "scan": World.scan, "send": World.send, "deliver": World.deliver, "pull": World.pull, "relay": World.relay,
    "backup": World.backup, "restore": World.restore, "retry": World.retry, "kill": World.kill, "clone": World.clone,
    "image": World.image, "rollback": World.rollback, "wipe": World.wipe, "turn": World.turn, "audit": World.audit,
    "refill": World.refill, "decide": World.decide,
}  # fmt: skip
