"""The page's first screen: the question, the answer with its certainty, and the claims that it rests on."""
