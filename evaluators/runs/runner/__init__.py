"""What is handed over to the machine that runs an evaluation: standard library only, Python 3.10 or newer.

The package travels as one zip file (`evaluators.runs.handover`), so it imports nothing of the project, and only by
relative names. It executes a plan that was made before: which files to download, which server to start, which commands
to run. It believes no exit code, only what the framework's own log says, and it prints the result between markers.
"""
