"""Video models of torchvision and transformers, random or pretrained, fitted to a study's clips and classes.

They need the extra `zoo`. A run that trains one has its name, its weights and their SHA-256 in its spec.
"""
