"""The audit log: writing it (`log`), and what calls that when something is done."""
