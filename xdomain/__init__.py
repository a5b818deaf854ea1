"""The study's own work: data, models, training, evaluation. It knows nothing of clusters or tables."""
