"""How long an operator waits on a slow phone: from a read label to the answer on the glass.

A real Chromium, its processor slowed four times, works against the real server over https. Each scan goes the whole
way: grammar, books, rules, one strict transaction, paint. The wait begins when the scanner lets out its last key, or
when the camera's frame is decoded, and ends after the paint of the answer. Scans come at uneven times, so that they
meet the phone at everything it does between them; nothing looks at the page meanwhile, for looking takes its time too.
The floor, measured in the same page, is what no such app can do without: one strict write of an event's size and one
paint, nothing else.
"""

from __future__ import annotations

import tempfile
import time
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from browser.built import built_app
from browser.film import make_film, pages_of
from browser.flows import Operator
from browser.hands import Fingers
from browser.handset import Handset, handing_out
from browser.plant import Plant, new_plant, tell_demo
from browser.scanner import Scanner
from playwright.sync_api import Page, Response, expect, sync_playwright

from server.setup import demo
from server.setup.demo_story import ON_THE_ROAD, WAREHOUSE

THROTTLE = 4
WEDGE_SCANS = 50
PACES_SECONDS = (0.4, 1.3, 0.6, 1.9, 0.9)
"""Faster than anybody scans drums, and uneven: now the phone is handing in the scan before, now it rests."""

CAMERA_SCANS = 20
LABELS_FILMED = 4
RAVI, RAVI_PIN = demo.OPERATORS[WAREHOUSE]

_DURATIONS = "(name) => performance.getEntriesByName(name, 'measure').map(({ duration }) => duration)"
_HAS_ANSWERED = "(count) => performance.getEntriesByName('feedback', 'measure').length >= count"
_FORGET = "() => performance.clearMeasures()"
_FLOOR = """async (count) => {
  const opening = indexedDB.open("floor", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("rows", { autoIncrement: true });
  const database = await new Promise((resolve) => (opening.onsuccess = () => resolve(opening.result)));
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = resolve;
    channel.port2.postMessage(null);
  }));
  const waits = [];
  for (let turn = 0; turn < count; turn += 1) {
    const start = performance.now();
    const transaction = database.transaction("rows", "readwrite", { durability: "strict" });
    transaction.objectStore("rows").add({ body: "x".repeat(600) });
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    await painted();
    waits.push(performance.now() - start);
  }
  database.close();
  return waits;
}"""


def run() -> dict[str, Any]:
    """Measure once; times in milliseconds."""
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(prefix="batchspine-bench-") as work:
        folder = Path(work)
        with new_plant(folder, built_app()) as plant, handing_out(playwright, plant, folder) as hand_out:
            tell_demo(plant)
            handset = hand_out("phone")
            first_load = _first_load(handset)
            ravi = Operator(handset, Fingers(handset))
            serials = _stock_up(ravi)
            wedge, writes, floor = _by_wedge(ravi, serials[:WEDGE_SCANS])
            handset.close()
            handset.film = _film(plant, serials[WEDGE_SCANS:], folder)
            camera = _by_camera(ravi)
    return {
        "bench": "phone",
        "cpu_throttle": THROTTLE,
        **_spread("wedge_to_feedback", wedge),
        **_spread("floor", floor),
        "ratio": round(median(wedge) / median(floor), 2),
        **_spread("camera_to_feedback", camera),
        **_spread("outbox_write", writes),
        "first_load_gzip_bytes": first_load,
    }


def _spread(name: str, waits: list[float]) -> dict[str, float]:
    p95 = quantiles(waits, n=20)[-1]
    return {f"{name}_p50_ms": round(median(waits), 1), f"{name}_p95_ms": round(p95, 1), f"{name}_count": len(waits)}


def _first_load(handset: Handset) -> int:
    """Count what a first visit fetches before somebody can do something, as it goes over the wire."""
    page = handset.start()
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))  # noqa: PLW0108 - the driver marks it
    handset.open("/")
    expect(page.get_by_role("heading", name="This phone is new here")).to_be_visible()
    return sum(response.request.sizes()["responseBodySize"] for response in responses)


def _stock_up(ravi: Operator) -> list[str]:
    """Give the warehouse something to send; gives the serials."""
    ravi.enrol(ravi.handset.plant.office().invite(WAREHOUSE), "Gate")
    ravi.sign_in(RAVI, RAVI_PIN)
    ravi.goods_in("Maize starch", "ROQ-9", "drum", WEDGE_SCANS + LABELS_FILMED, "25")
    ravi.handset.wait_until_sent()
    ravi.go_home()
    return [scan["unit"] for scan in ravi.handset.scans_kept()]


def _sending(ravi: Operator) -> Page:
    """Stand at the truck with a slow phone: each sound scan is saved at once."""
    ravi.go_to("send")
    ravi.choose(ON_THE_ROAD)
    page = ravi.handset.page
    expect(page.get_by_role("heading", name="Scan what goes on the truck")).to_be_visible()
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
    page.evaluate(_FORGET)
    return page


def _by_wedge(ravi: Operator, serials: list[str]) -> tuple[list[float], list[float], list[float]]:
    """Scan unit after unit; gives the waits for feedback, the writes, and the floor."""
    page = _sending(ravi)
    scanner = Scanner(page)
    for serial, pace in zip(serials, cycle(PACES_SECONDS)):
        scanner.read_live(serial)
        time.sleep(pace)
    page.wait_for_function(_HAS_ANSWERED, arg=len(serials))
    expect(page.locator(".counter")).to_contain_text(f"{len(serials)} ")
    waits, writes = page.evaluate(_DURATIONS, "feedback"), page.evaluate(_DURATIONS, "outbox_write")
    return waits, writes, page.evaluate(_FLOOR, len(serials))


def _film(plant: Plant, serials: list[str], folder: Path) -> Path:
    labels = plant.office().file("/labels", unit=serials)
    return make_film(pages_of(labels), folder / "labels.mjpeg", held=1.0, between=1.5)


def _by_camera(ravi: Operator) -> list[float]:
    """Hold labels before the camera, over and over: the first time they are sent, then they were sent already."""
    ravi.handset.open("/")
    ravi.sign_in(RAVI, RAVI_PIN)
    page = _sending(ravi)
    ravi.hands.press(ravi.handset.button("Start camera"))
    page.wait_for_function(_HAS_ANSWERED, arg=CAMERA_SCANS, timeout=180_000, polling=2_000)
    waits: list[float] = page.evaluate(_DURATIONS, "feedback")
    return waits
