"""Doors for other people's tools: each translates what a run does into a protocol, and decides nothing itself."""
