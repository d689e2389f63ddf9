"""Layouts: content values and words in, a Discord view out. Pure: nothing here sends, waits or looks anything up."""
