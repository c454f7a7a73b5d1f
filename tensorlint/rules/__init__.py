"""One file, one rule: the listing of this folder is the catalogue."""
