"""Runs of training, recorded with MLflow: parameters, figures, plots, aliases. Counts alone."""
