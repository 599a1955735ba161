"""Runs: one evaluation each, from a fixed specification to a complete record.

Everything in this package decides from values; what touches the Hub, a machine or a clock is handed in.
"""
