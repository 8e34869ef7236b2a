"""The only place where stages meet: a room for every verb, over experiment, tasks, settings and work."""
