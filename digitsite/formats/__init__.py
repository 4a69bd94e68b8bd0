"""How dates are written where Django or a package writes them (FORMAT_MODULE_PATH)."""
