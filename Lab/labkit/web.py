"""A small JSON client for the lab's own servers."""

import http.client
import json
from urllib.parse import urlsplit


class Failure(Exception):
    def __init__(self, method: str, path: str, status: int, body: str) -> None:
        super().__init__(f"{method} {path} -> {status}: {body[:600]}")
        self.status, self.body = status, body


class Server:
    """One base URL with its token.  Connections are not kept: Letta closes idle ones."""

    def __init__(self, url: str, token: str | None = None, timeout: float = 60) -> None:
        parts = urlsplit(url)
        self.url, self.host, self.port, self.timeout = url, parts.hostname, parts.port or 80, timeout
        # Without a User-Agent Letta takes the caller for its 1.x SDK and leaves tools, blocks,
        # tags and secrets of an agent empty.
        self.headers = {"Connection": "close", "User-Agent": "ferry-lab"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    def raw(self, method: str, path: str, body: bytes | None = None, kind: str | None = None) -> bytes:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        headers = dict(self.headers)
        if kind:
            headers["Content-Type"] = kind
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise Failure(method, path, answer.status, data.decode(errors="replace"))
        return data

    def call(self, method: str, path: str, value=None):
        body = None if value is None else json.dumps(value).encode()
        data = self.raw(method, path, body, "application/json" if body is not None else None)
        return json.loads(data) if data else None

    def get(self, path: str):
        return self.call("GET", path)

    def post(self, path: str, value):
        return self.call("POST", path, value)

    def patch(self, path: str, value):
        return self.call("PATCH", path, value)

    def delete(self, path: str):
        return self.call("DELETE", path)

    def upload(self, path: str, fields: dict[str, str], filename: str, content: bytes):
        """multipart/form-data with one file part called "file"."""
        boundary = "ferry-lab-7d1f0c52b9"
        parts = []
        for key, value in fields.items():
            parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode())
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
            "Content-Type: application/json\r\n\r\n".encode()
        )
        parts += [content, f"\r\n--{boundary}--\r\n".encode()]
        data = self.raw("POST", path, b"".join(parts), f"multipart/form-data; boundary={boundary}")
        return json.loads(data)
