"""Reads a whole tree of scores on a Dask cluster: PDFs and images in, MusicXML and a catalogue out.

    run.py         the driver: finds the scores, hands out tasks a few at a time, updates the catalogue
    feed.py        gives the cluster a window of tasks, never all of them
    cluster.py     a cluster on this machine, or one that runs elsewhere
    work.py        the tasks: look at a score's files, read a page, compose a score
    reader.py      the process in which a worker reads, so that a crash or a hang costs one page
    scores.py      which files make a score
    store.py       a folder on a disk or in an object store
    catalogue.py   what became of every page, as Parquet
    entry.py       a score that was read, and its scans, for `omr review`

The destination holds the scores as MusicXML and `catalogue.parquet`. While a run is going on, or was stopped, it also
holds `.omr/`, with pages of scores that are not complete and rows that are not in the catalogue yet. The rows of a
score are written last, so a score that has rows is complete.

Dask, PyArrow and fsspec come with the extra `library`; importing this package imports none of them.
"""
