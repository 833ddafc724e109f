"""What GS1 prints on the world's goods: element strings, symbology identifiers and Digital Links, read and written.

Everything follows from GS1's own dictionary, which `make tables` turns into `table.py` here and into the
phone's `pwa/src/scan/gs1/table.ts`. Whoever reads gets elements or a `Fault`: a code, the application
identifier it is about, and the name of the check that failed; `sentences.py` says it in words. Nothing is
guessed: a scanner that swallowed a separator is found out by what the records know, not here.
"""
