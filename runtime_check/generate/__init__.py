"""Writes random tensor programs and makes the inputs that they run on."""

from .inputs import arguments
from .program import Program, generate

__all__ = ["Program", "arguments", "generate"]
