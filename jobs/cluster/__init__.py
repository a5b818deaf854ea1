"""Describe where runs execute: profiles of clusters, and the batch script around a task."""
