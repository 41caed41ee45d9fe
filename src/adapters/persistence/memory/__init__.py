"""Everything in dictionaries: for tests, for trying things out, and as the plainest statement of the ports' rules."""

from adapters.persistence.memory._database import MemoryDatabase
from adapters.persistence.memory._shops import Fact, Shop

__all__ = ["Fact", "MemoryDatabase", "Shop"]
