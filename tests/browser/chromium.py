"""Finding Chromium, and a home for it in which our own certificate authority is trusted as a phone would trust it.

The browser checks certificates as strictly as on any phone: the authority is put into its trust store, and no flag
tells it to look away. The server has a name that is not `localhost`, because browsers treat that one kindly.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
HOW_TO_INSTALL = "bash tests/browser/install-chromium"

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


class BrowserMissing(Exception):  # noqa: N818 - named for what is wrong
    """A browser test cannot run here; the text says what to do."""


def find_chromium() -> Path:
    """Find the browser: where `CHROMIUM_PATH` says, else on the path."""
    told = os.environ.get("CHROMIUM_PATH")
    for candidate in [told] if told else NAMES:
        if found := shutil.which(candidate):
            return Path(found)
    raise BrowserMissing(f"There is no Chromium ({told or ', '.join(NAMES)}). Run: {HOW_TO_INSTALL}")


def make_home(folder: Path, authority: Path) -> Path:
    """Make a home folder whose browsers trust `authority`."""
    certutil = shutil.which("certutil")
    if certutil is None:
        raise BrowserMissing(f"There is no certutil to trust a certificate with. Run: {HOW_TO_INSTALL}")
    store = folder / ".pki" / "nssdb"
    store.mkdir(parents=True)
    for step in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "Batchspine", "-i", str(authority)]):
        subprocess.run([certutil, "-d", f"sql:{store}", *step], check=True, capture_output=True)
    return folder


def arguments(host: str, film: Path | None) -> list[str]:
    """Give the command line: `host` is this machine; what the camera sees is a film, over and over."""
    camera = [] if film is None else [*_CAMERA, f"--use-file-for-fake-video-capture={film}"]
    return [*_QUIET, f"--host-resolver-rules=MAP {host} 127.0.0.1", *camera]


def process_of(profile: Path) -> int:
    """Give the process id of the browser that has this profile open, as it notes it there itself."""
    return int((profile / "SingletonLock").readlink().name.rpartition("-")[2])


def command_line_of(process: int) -> list[str]:
    """Give the command line a browser was really started with."""
    return Path(f"/proc/{process}/cmdline").read_bytes().decode().split("\0")
