"""What becomes of this packet: a network read from AWS's answers, and flows walked through it.

Nothing is imported here, so that whoever needs one table of it does not load the walk as well.
"""
