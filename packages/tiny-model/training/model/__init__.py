"""The transformer, its optimizer, its training loop and its adapter."""
