"""Tests of the local Hub, most of them through the Hub's real client."""
