"""Intervals, tests and fits, as functions of arrays: no file, table or study is known here.

An accuracy is a fraction in [0, 1]. Draws are a bootstrap's replicates along the first axis. What has no value is
NaN; nothing is replaced by a number that looks like one.
"""
