"""The windows: the only room with a view. Every function returns its axes and the data it drew."""
