"""Conversations made from templates, classes of tasks one a file; all text is written for this model."""
