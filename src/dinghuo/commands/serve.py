"""`serve`: the API, as operators run it."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from dinghuo.commands.options import Options
from dinghuo.keyring import require_named
from dinghuo.logs import set_up_logs
from dinghuo.opening import opened, warn_of_wall
from dinghuo.serving import address_of, listening, serve_in_processes
from dinghuo.serving import serve as serve_here
from dinghuo.settings import environment_of
from dinghuo.speech import say


def serve(
    *,
    workers: Annotated[str | None, Parameter(help=say(zh="进程数", en="how many processes"))] = None,
    options: Options | None = None,
) -> int:
    """Serve until asked to stop."""
    options = options or Options()
    given = options.given(workers=workers)
    with opened(given, config=options.config) as container:
        settings = container.settings()
        set_up_logs(level=settings.log_level, format=settings.log_format)
        require_named(settings)
        container.tokens()
        container.trusted()
        warn_of_wall(container)
        with listening(host=settings.host, port=settings.port) as taken:
            url = address_of(taken, host=settings.host)
            if settings.workers > 1:
                _announce(url)
                environment = environment_of(given, config=options.config)
                served = serve_in_processes(
                    on=taken,
                    workers=settings.workers,
                    receive_s=settings.limits.receive_s,
                    proxies=settings.proxies,
                    environment=environment,
                )
                return 0 if served else 1
            serve_here(
                container.app(),
                on=taken,
                receive_s=settings.limits.receive_s,
                proxies=settings.proxies,
                announce=lambda: _announce(url),
            )
    return 0


def _announce(url: str) -> None:
    print(say(zh=f"订货 正在 {url} 提供服务", en=f"Dinghuo serves {url}"), flush=True)
