"""Words, sentences, dates and tables of everyday text."""
