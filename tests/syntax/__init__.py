"""The front end: names, outline, lowering, spans, bounds."""
