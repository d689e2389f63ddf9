"""The container's health check: asks the bot's own /healthz on the port of VIGIE_HTTP__LISTEN. Standard library only, so that it is cheap."""

from __future__ import annotations

import http.client
import os
import sys

TIMEOUT_S = 4.0


def healthy(listen: str) -> bool:
    """Whether the service that listens on ``host:port`` answers 200 to /healthz."""
    port = int(listen.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if healthy(os.environ.get("VIGIE_HTTP__LISTEN") or "0.0.0.0:8080") else 1)
