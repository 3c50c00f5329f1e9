"""The survey: facts of all machines are gathered before anything is changed on any of them.

A machine that can't work is refused by name, with what to do, and nothing changes anywhere. A machine that can't be
reached is only reported: its own steps fail, and the others go on.
"""
