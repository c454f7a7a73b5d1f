"""Holds the engine's answers against what random programs did when they ran."""
