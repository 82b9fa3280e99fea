"""Trained networks, and real pictures for them, by name, out of packages or out of files of one's own.

Nothing is downloaded and no code out of a file is run. ``bs.models()`` lists the names, ``bs.model(name)`` reads one,
``bs.pictures(name)`` has pictures as it takes them in.
"""
