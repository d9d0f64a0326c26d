"""A bucket of S3 on loopback, for who wants to know which credentials a request was signed with."""

from http.server import BaseHTTPRequestHandler, HTTPServer

LISTING = (
    b"""<?xml version="1.0"?><ListBucketResult><Contents><Key>kept</Key></Contents></ListBucketResult>"""
)
REGION = "eu-north-1"


class Bucket(HTTPServer):
    """Answers like S3 whatever is asked, and keeps who asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Listing)
        self.signatures: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Listing(BaseHTTPRequestHandler):
    server: Bucket

    def do_GET(self) -> None:
        self.server.signatures.append(self.headers["Authorization"])
        self.send_response(200)
        self.send_header("Content-Length", str(len(LISTING)))
        self.end_headers()
        self.wfile.write(LISTING)

    def log_message(self, *_: object) -> None:
        """Nothing."""
