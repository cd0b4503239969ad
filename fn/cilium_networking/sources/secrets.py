"""What nobody may see, although it stands in the sources: tokens, keys, passwords."""

from __future__ import annotations

from ..records import dataclass


@dataclass(frozen=True, slots=True)
class Secrets:
    """The texts that are hidden, longest first."""

    texts: tuple[str, ...] = ()

    def redact(self, text: str) -> str:
        """The text with an ellipsis for each secret in it."""
        for secret in self.texts:
            text = text.replace(secret, "…")
        return text
