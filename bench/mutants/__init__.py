"""Mutation testing of the engine and the rules: small mistakes, made one by one; a test should notice."""
