"""The letters of simulated histories, handed to the real writer on real tables in the same order and groups.

What the simulator plays in memory (custody, tables, transactions) is the product here; the oracle judges both.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from floor import START, Books
from simulation.letters import Letter
from simulation.oracle import tell_whole
from simulation.oracle_words import Held
from simulation.plan import plan
from simulation.world import World

from server.intake.check import check_connection
from server.intake.delivery import Delivery, Sender, open_push


class Tables(Books):
    """Books whose devices are those of a simulated world."""

    def meet(self, letter: Letter) -> Sender:
        """Give the sender of a letter, enrolled at first sight."""
        asked = "SELECT n FROM device WHERE id = ?"
        row = self.connection.execute(asked, (letter.device,)).fetchone()
        if row is None:
            self.connection.execute(
                "INSERT INTO device (id, code, name, site, is_desk, public_key, enrolled_at)"
                " SELECT ?, printf('%03d', COUNT(*)), 'Phone', ?, ?, x'00', 0 FROM device",
                (letter.device, letter.site, letter.is_desk),
            )
            row = self.connection.execute(asked, (letter.device,)).fetchone()
        return Sender(row[0], letter.device, letter.site, letter.is_desk)


@pytest.mark.requirement("S8", "S9", "S10", "S11")
@pytest.mark.parametrize("seed", [17, 405, 1056, 1064, 1078, *range(10)])
def test_real_tables_come_to_what_the_oracle_tells(seed: int, tmp_path: Path) -> None:
    """Clones, images put back, ids used twice, revocations: custody, settlement and ledger as the product has them."""
    groups = World(plan(seed)).run().hub.taken
    books = Tables(tmp_path)
    books.connection.execute("DELETE FROM device")
    held: dict[Held, None] = {}
    for group in groups:
        deliveries = []
        for letter in group:
            inc, events = bytes.fromhex(letter.push.inc), open_push(letter.push)
            deliveries.append(Delivery(books.meet(letter), inc, letter.push, events, b"signature", START))
            for event in events:
                held[Held(event.id, event.fingerprint, letter.device, inc, event.seq, event.body, letter.is_desk)] = (
                    None
                )
        for receipt, letter in zip(books.take(*deliveries), group, strict=True):
            assert [verdict.id for verdict in receipt.verdicts] == [event.id for event in letter.push.events]
    story, holds, troubles = tell_whole(held)
    assert books.connection.execute("SELECT COUNT(*) FROM event").fetchone()[0] == len(held)
    assert books.stock() == story.shelves
    assert books.units() == story.units
    assert books.endings() == story.endings
    assert books.holds() == holds
    assert books.looked_at() == troubles
    assert check_connection(books.connection) == []
