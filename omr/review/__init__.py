"""`omr review`: a person mends a reading beside the scan, in the browser.

opening.py     files, or a folder of `omr scan --keep`, as a `Review`; pictures.py: the pages as they are shown
operations.py  what a person may say, as plain JSON; edits.py and signs.py do it to a page's notation
alike.py       the same done to measures like the corrected one
log.py         the operations on disk, apart from the reading
staves.py      a page read again with a staff that was missed
review.py      the reading, the operations, and the score that both make; compose.py makes it quickly
answers.py     what the browser is told; engrave.py: systems as SVG; playing.py: what is to be heard;
               printing.py: the score as PDF
server.py      the same over HTTP, on the loopback address alone; static/ is the page

The room stands beside `omr.library`: it may import all of `omr`, and no other room imports it.
"""
