"""`tensorlint server`: findings as the editor shows them."""

from __future__ import annotations

from argparse import Namespace

from tensorlint.cli import OK
from tensorlint.config import ConfigError


def run(arguments: Namespace) -> int:
    """Serve an editor until it goes. Raises ConfigError where what that needs is not installed."""
    try:
        from tensorlint.server.features import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise ConfigError("the server needs pygls: pip install 'tensorlint[lsp]'") from error
    serve()
    return OK
