"""A whole tree of scores, read on a Dask cluster: PDFs and images in, MusicXML and a catalogue out.

    run.py         the driver: finds the scores, hands out tasks a few at a time, folds the catalogue
    feed.py        a window of tasks on the cluster, never all of them
    cluster.py     a cluster on this machine, or one that runs elsewhere
    work.py        the tasks: look at a score's files, read a page, compose a score
    reader.py      the process in which a worker reads, so that a crash or a hang costs one page
    scores.py      which files make a score
    store.py       a folder on a disk or in an object store
    catalogue.py   what became of every page, as Parquet
    entry.py       a score that was read, and its scans, for `omr review`

Below the destination stand the scores as MusicXML, `catalogue.parquet`, and `.omr/` while a run is on, or was stopped:
pages of scores that are not complete yet, and rows that are not in the catalogue yet. The rows of a score are written
last, so that a score with rows is complete.

Dask, PyArrow and fsspec come with the extra `library`; importing this package imports none of them.
"""
