"""The page on plain http by which a phone learns to trust our own certificate authority.

It has to be plain: the phone does not trust us yet. So it carries nothing secret and serves two things only, the page
and the certificate; everything that matters is on https.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from server.printing.screen import qr_svg
from server.settings import Settings
from server.setup.authority import Files

REQUEST_SECONDS_MAX = 10

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def trust_url(settings: Settings) -> str:
    """Give the address of the page, as a phone reaches it."""
    host = urlsplit(settings.address).hostname or settings.host
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{settings.trust_port}/"


@contextmanager
def trust_page(settings: Settings) -> Iterator[None]:
    """Serve the page beside the app for as long as the app runs, if a port for it is set."""
    authority = Files(settings.tls_folder).authority
    if settings.trust_port is None or not authority.exists():
        yield
        return
    server = ThreadingHTTPServer((settings.host, settings.trust_port), _handler(_answers(settings, authority)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="trust page", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


Answers = dict[str, tuple[str, bytes]]


def _answers(settings: Settings, authority: Path) -> Answers:
    """Prepare all there is to say: path → (content type, content)."""
    certificate = x509.load_pem_x509_certificate(authority.read_bytes())
    page = Template((Path(__file__).with_name("trust_page.html")).read_text("utf-8")).substitute(
        host=escape(urlsplit(settings.address).hostname or settings.host),
        address=escape(settings.address),
        page=escape(trust_url(settings)),
        qr=qr_svg(trust_url(settings)),
        fingerprint=certificate.fingerprint(SHA256()).hex(":").upper(),
    )
    return {
        "/": ("text/html; charset=utf-8", page.encode()),
        "/ca.crt": ("application/x-x509-ca-cert", certificate.public_bytes(Encoding.DER)),
    }


def _handler(answers: Answers) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answer from what was prepared; nothing a caller sends is used but the path."""

        timeout = REQUEST_SECONDS_MAX

        def do_GET(self) -> None:
            found = answers.get(self.path.partition("?")[0])
            kind, content = found or ("text/plain; charset=utf-8", b"There is only / and /ca.crt here.\n")
            self.send_response(HTTPStatus.OK if found else HTTPStatus.NOT_FOUND)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            for name, value in _HEADERS.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815 - the name the library calls

        def version_string(self) -> str:
            return "batchspine"

        def log_message(self, format: str, *arguments: object) -> None:
            """Keep quiet: who fetched the certificate is of no interest."""

    return Handler
