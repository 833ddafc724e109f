"""The app as phones get it: built from the sources that are there now."""

from __future__ import annotations

import subprocess
from pathlib import Path

_PWA = Path(__file__).resolve().parents[2] / "pwa"
_SOURCES = ("src", "public", "index.html", "package.json", "vite.config.ts")


def built_app() -> Path:
    """Give the folder of the built app; build it if it is missing or older than its sources."""
    built = _PWA / "dist" / "index.html"
    if not built.exists() or built.stat().st_mtime < _newest():
        made = subprocess.run(["npm", "run", "build"], cwd=_PWA, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stdout + made.stderr
    return built.parent


def _newest() -> float:
    sources = [_PWA / name for name in _SOURCES]
    files = [file for source in sources for file in (source.rglob("*") if source.is_dir() else [source])]
    return max(file.stat().st_mtime for file in files)
