"""The agent that takes captures inside a private network: `pagelapse connector` (docs/connectors.md)."""
