"""The real server of a study in its own process, which may be killed and started again."""

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.panel.process import free_port


@dataclass
class Server:
    """`edmd study serve` for a folder, always at the same port."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[str] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server and wait until it listens."""
        command = [
            sys.executable,
            "-m",
            "daemon",
            "study",
            "serve",
            str(self.folder),
            "--port",
            str(self.port),
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert re.match(f"edmd study at {re.escape(self.url)} ", line), line

    def kill(self) -> None:
        """Kill the server as a crash does."""
        assert self.process is not None
        self.process.kill()
        self._end()

    def stop(self) -> int:
        """End the server orderly, and return its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self._end()

    def close(self) -> None:
        """End the server if it still runs."""
        if self.process is not None:
            self.kill()

    def ask(self, method: str, path: str, body: Any = None, token: str = "") -> dict[str, Any]:
        """Send a request, and return its result. An answer that comes too early is sent again when it is due."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-Study-Listener": token, "Content-Type": "application/json"}
        asked = urllib.request.Request(f"{self.url}{path}", data, headers, method=method)
        while True:
            try:
                with urllib.request.urlopen(asked, timeout=10) as answer:
                    result: dict[str, Any] = json.loads(answer.read())["result"]
                    return result
            except urllib.error.HTTPError as refused:
                wait = refused.headers["Retry-After"]
                if wait is None:
                    raise
                refused.close()
            time.sleep(int(wait))

    def _end(self) -> int:
        assert self.process is not None
        code = self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None
        return code
