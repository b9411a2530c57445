"""Makes the sandbox's fixtures known to pytest, and the module that holds them importable by the tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from sandbox_fixtures import receiver, sandbox, shop

__all__ = ["receiver", "sandbox", "shop"]
