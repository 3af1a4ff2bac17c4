"""Writes a DeepScores v2 file of any size, to the letter of the format, to see that reading it needs no more memory.

    python tests/data/large_v2.py big.json --pages 8500 --objects 600     # 5.1 million objects, 1.1 GB, a minute
    omr deepscores info big.json                                          # ends with its time and peak memory
    omr deepscores check big.json

The complete set has 255,385 pages of 592 objects.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

NAMES = ("noteheadBlackOnLine", "noteheadBlackInSpace", "stem", "beam", "accidentalSharp", "restQuarter", "slur")


def write(path: Path, pages: int, objects: int) -> None:
    """`pages` pages of `objects` objects each, page by page as the published files have them."""
    categories = {str(i): {"name": name, "annotation_set": "deepscores", "color": i} for i, name in enumerate(NAMES, 1)}
    with open(path, "w") as file:
        file.write('{"info": {"description": "made by large_v2.py"}, "annotation_sets": ["deepscores"], ')
        file.write(f'"categories": {json.dumps(categories)}, "images": [')
        for page in range(pages):
            ids = [str(page * objects + i) for i in range(objects)]
            image = {"id": page, "filename": f"page-{page}.png", "width": 1960, "height": 2772, "ann_ids": ids}
            file.write(", " * (page > 0) + json.dumps(image))
        file.write('], "annotations": {')
        for number in range(pages * objects):
            page, i = divmod(number, objects)
            x, y = 40.0 + 30 * (i % 60), 60.0 + 40 * (i // 60)
            box = [x, y, x + 20, y + 16]
            corners = [x, y, x + 20, y, x + 20, y + 16, x, y + 16]
            mark = {"a_bbox": box, "o_bbox": corners, "area": 250, "img_id": str(page),
                    "cat_id": [str(1 + i % len(NAMES))], "comments": f"instance:#{i:06x};rel_position:{i % 9 - 4};"}
            file.write(", " * (number > 0) + f'"{number}": {json.dumps(mark)}')
        file.write("}}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--pages", type=int, default=8500)
    parser.add_argument("--objects", type=int, default=600)
    arguments = parser.parse_args()
    write(arguments.file, arguments.pages, arguments.objects)
