"""Executes the fixtures and proves each rule."""
