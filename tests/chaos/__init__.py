"""The chaos test: people act on many repos while deliveries, the Hub's answers and our processes fail at random.

Whatever happened, once all is up again and a sweep has run, every repo is as one clean pass would leave it.
`python -m tests.chaos --help` runs it by hand.
"""
