"""The server as a whole: every route behind a session, every error in one form, one server per folder."""

import http.client
import json
from typing import Any

import pytest
from litestar.testing import TestClient

from server.problems import CONTENT_TYPE, SENTENCES

OPEN = {
    ("GET", "/health"),
    ("GET", "/installation"),
    ("POST", "/setup"),
    ("POST", "/session"),
    ("POST", "/devices"),
}
"""What answers without a session; the sync routes carry a phone's signature instead."""


def test_started(serve: Any, installation: Any) -> None:
    server = serve(installation.settings)
    assert server.stop() == 0
