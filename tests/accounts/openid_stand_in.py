"""A small OpenID Connect provider, run as a process of its own: `python openid_stand_in.py PORT`.

It signs everybody in at once and tells far more about them than it is asked for. What it says is set by a POST of
JSON to /says; what it was asked is read back from /heard.
"""

import base64
import hashlib
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
FOREIGN_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
SAYS: dict[str, Any] = {}
HEARD: list[dict[str, Any]] = []
TRIPS: dict[str, dict[str, str]] = {}


class Provider(BaseHTTPRequestHandler):
    """Answers discovery, authorization, token and key requests."""

    @property
    def issuer(self) -> str:
        """This provider's name for itself."""
        return f"http://{self.headers['Host']}"

    def do_GET(self) -> None:
        """Discovery, keys, authorization."""
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            ends = {f"{name}_endpoint": f"{self.issuer}/{name}" for name in ("authorization", "token")}
            self.answer({"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", **ends})
        elif parts.path == "/keys":
            self.answer({"keys": [KEY.as_dict(private=False)]})
        elif parts.path == "/authorization":
            code = hashlib.sha256(parts.query.encode()).hexdigest()
            TRIPS[code] = query
            self.send_response(302)
            back = urlencode({"code": code, "state": query["state"]})
            self.send_header("Location", f"{query['redirect_uri']}?{back}")
            self.end_headers()
        elif parts.path == "/heard":
            self.answer({"heard": HEARD})

    def do_POST(self) -> None:
        """Token exchange, and what to say from now on."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/says":
            SAYS.clear()
            SAYS.update(json.loads(body))
            self.answer({})
            return
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        HEARD.append({"form": form, "authorization": self.headers.get("Authorization", "")})
        trip = TRIPS.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if trip is None or challenge != trip["code_challenge"]:
            self.answer({"error": "invalid_grant"}, 400)
            return
        claims = {
            "iss": self.issuer,
            "aud": form["client_id"],
            "nonce": trip["nonce"],
            "iat": int(time.time()),
            "exp": int(time.time()) + 60,
            **{name: value for name, value in SAYS.items() if name != "foreign_key"},
        }
        key = FOREIGN_KEY if SAYS.get("foreign_key") else KEY
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)
        self.answer({"access_token": "opaque", "token_type": "Bearer", "id_token": token})

    def answer(self, content: dict[str, Any], status: int = 200) -> None:
        """Send JSON."""
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_values: object) -> None:
        """Stay silent."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Provider).serve_forever()
