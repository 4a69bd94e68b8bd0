"""The site under people who draw while its parts are killed, paused and filled: `make chaos`."""
