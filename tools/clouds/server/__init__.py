"""The daemon of a cloud in a box: one process holds the cloud's API, its state in memory, and its data plane.

`tools/cloud` starts it and talks to it over a socket, one JSON object each way.
"""
