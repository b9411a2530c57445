"""The leaky bucket behind limits by the second."""

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bucket:
    """A leaky bucket: `maximum` points, refilled by `rate` a second."""

    maximum: float
    rate: float
    level: float = field(init=False)
    at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.level = self.maximum

    def available(self) -> float:
        moment = time.monotonic()
        self.level = min(self.maximum, self.level + (moment - self.at) * self.rate)
        self.at = moment
        return self.level

    def take(self, points: float) -> bool:
        if self.available() < points:
            return False
        self.level -= points
        return True

    def give_back(self, points: float) -> None:
        self.level = min(self.maximum, self.level + points)

    def status(self) -> dict[str, object]:
        return {
            "maximumAvailable": float(self.maximum),
            "currentlyAvailable": int(self.available()),
            "restoreRate": float(self.rate),
        }
