"""All programmes, on one installation.

python -m programmes [--database sqlite|postgres|both] [--seeds 1]
"""

from __future__ import annotations

import sys

from programmes import baskets, coupons, race, replay
from programmes._verdicts import main, options

if __name__ == "__main__":
    parser = options("Try everything to make the served product lie.")
    for module in (race, replay, baskets, coupons):
        module.options_of(parser)
    sys.exit(main(parser.parse_args(), race.race, replay.replay, baskets.baskets, coupons.coupons))
