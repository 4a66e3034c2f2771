"""A fleet file from what is there: what to ask AWS for it, and what the answers come to.

Nothing is imported here: every command knows which kinds can look, and only `init` does.
"""
