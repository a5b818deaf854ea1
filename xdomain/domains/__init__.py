"""Domains that are functions of a clip: controls of time, corruptions, and what packages of users' add."""
