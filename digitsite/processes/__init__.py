"""The processes that the Procfile starts."""
