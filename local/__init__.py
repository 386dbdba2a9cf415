"""The cloud on a laptop: AWS by moto, the project's own handlers, PostgreSQL. Not deployed."""
