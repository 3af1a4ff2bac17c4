"""`omr review`: a person corrects a reading beside the scan, in the browser.

opening.py     files, or a folder of `omr scan --keep`, as a `Review`; pictures.py: pictures of the pages
operations.py  what a person may say, as plain JSON; edits.py and signs.py apply it to a page's notation
alike.py       applies a correction to similar measures
log.py         the operations on disk, apart from the reading
staves.py      a page is read again with a staff that was missed
review.py      the reading, the operations, and the score that results from both
alternatives.py  the next best readings of a measure
answers.py     what the browser is told; engrave.py: systems as SVG; playing.py: what is heard;
               printing.py: the score as PDF
server.py      all this over HTTP, on the loopback address only; static/ is the browser page

This package stands beside `omr.library`: it may import all of `omr`, and no other package of `omr` imports it.
"""
