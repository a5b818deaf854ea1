"""Mini-Diving48: drawn dives in the layout of the Diving48 archive, with every diver's mask.

The demo and the tests need no download with it, and its bias is known: see `plan.MiniSpec.bias`.
"""
