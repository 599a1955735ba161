"""Stands in for inspect-ai."""
