"""The product without the second wall of PostgreSQL, started as the product is.

Only measuring wants that, so that it is no setting: who serves customers cannot switch the wall off by mistake. It
needs a URL whose user row-level security does not bind.
"""

from __future__ import annotations

import sys

from dinghuo.__main__ import main
from dinghuo.container import Container

if __name__ == "__main__":
    Container.database.add_kwargs(second_wall=False)
    sys.exit(main())
