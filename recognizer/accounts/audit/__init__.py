"""The audit log: `log` writes it; the other modules call it when something happens."""
