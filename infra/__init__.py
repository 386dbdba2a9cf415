"""How the application gets to AWS: not deployed itself."""
