"""A believable wholesaler of any size, the same from the same seed and the same moment."""

from dinghuo.demo.world._chance import ChanceIds
from dinghuo.demo.world._logins import EMAIL, Phonebook, new_password
from dinghuo.demo.world._newcomers import INVITATION
from dinghuo.demo.world._seed import SLUG, ImpossibleSize, Progress, Stage, seed, slugs
from dinghuo.demo.world._size import DEMO, Size

__all__ = [
    "DEMO",
    "EMAIL",
    "INVITATION",
    "SLUG",
    "ChanceIds",
    "ImpossibleSize",
    "Phonebook",
    "Progress",
    "Size",
    "Stage",
    "new_password",
    "seed",
    "slugs",
]
