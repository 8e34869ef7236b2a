"""What pytest leaves alone here: only the examples inside the pages are tested."""

collect_ignore_glob = ["conf.py", "_build/*", "_ext/*", "notebooks/*"]
