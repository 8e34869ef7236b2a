"""Who is held out."""
