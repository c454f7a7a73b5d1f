"""Pillow's entries, called: what an image shares is seen by writing, for it tells nobody where it lies."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from runtime_check.audit import by_name
from runtime_check.audit.by_name import ArrayOutcome, Vocabulary
from runtime_check.audit.row import Row, entries_of
from runtime_check.storage import leaves, picture
from tensorlint.knowledge.catalog import Entry
from tensorlint.knowledge.effects import New


def image(mode: str = "RGB") -> Any:
    values: Any = (np.arange(16 * 16 * 3) * 7 % 251).astype(np.uint8)
    return Image.frombytes("RGB", (16, 16), values.tobytes()).convert(mode)


def palette() -> Any:
    return image().quantize(8)


def drawing() -> Any:
    return ImageDraw.Draw(image())


def gray() -> Any:
    return np.zeros((8, 8), np.uint8)


class Outcome(ArrayOutcome):
    """What a call did to images: a new one shares with none that the call was given."""

    __slots__ = ()

    def _is_new(self, term: New, result: Any) -> bool:
        held = term.quality("holds") is not None
        return ArrayOutcome._is_new(self, term, result) and (held or not self._is_seen_elsewhere(result))

    def _is_seen_elsewhere(self, result: Any) -> bool:
        """Whether a write to what was given changes the result, or the other way round.

        In this order: an image that is written first gets memory of its own.
        """
        sides = leaves(list(self.given.values())), leaves(result)
        for written, seen in (sides, sides[::-1]):
            for each in written:
                before = picture(seen)
                _write(each)
                if picture(seen) != before:
                    return True
        return False


def _write(leaf: Any) -> None:
    """Change every element of an image or array."""
    if isinstance(leaf, Image.Image):
        leaf.paste(leaf.point(lambda level: 255 - level))
    else:
        leaf[...] = 255 - leaf


VALUES: Mapping[str, tuple[str, ...]] = {
    "self": ("image()", "image('L')", "image('RGBA')"),
    "im": ("image()",),
    "image": ("image()", "image('L')"),
    "im1": ("image()",),
    "im2": ("image().rotate(90)",),
    "image1": ("image()",),
    "image2": ("image().rotate(90)",),
    "mask": ("image('L')",),
    "mode": ("'L'",),
    "size": ("(16, 16)", "(8, 8)"),
    "obj": ("gray()", "gray()[:, ::2]"),
    "data": ("bytes(256)", "bytearray(256)"),
    "bands": ("[image('L'), image('L'), image('L')]",),
    "alpha": ("3",),
    "box": ("(0, 0, 16, 16)", "(1, 1, 5, 5)"),
    "distance": ("3",),
    "filter": ("ImageFilter.BLUR",),
    "channel": ("0",),
    "factor": ("1", "2"),
    "angle": ("0", "90"),
    "method": ("Image.Transpose.FLIP_LEFT_RIGHT",),
    "lut": ("lambda level: 255 - level",),
    "xy": ("(3, 3)", "(5, 5)"),
    "value": ("9",),
    "text": ("'ab'",),
    "start": ("0",),
    "end": ("180",),
    "percent": ("1.0",),
    "black": ("'blue'",),
    "white": ("'red'",),
    "border": ("1",),
    "deformer": ("None",),
    "bits": ("2",),
    "offset": ("1",),
    "xoffset": ("1",),
    "in_place": ("False", "True"),
    # Of one function
    "merge.mode": ("'RGB'",),
    "Image.open.fp": ("io.BytesIO(saved())",),
    "Image.Image.new.size": ("(4, 4)",),
    "frombuffer.size": ("(16, 16)",),
    "blend.alpha": ("0.5",),
    "effect_noise.sigma": ("3.0",),
    "PIL.alpha_composite.im1": ("image('RGBA')",),
    "Image.alpha_composite.im1": ("image('RGBA')",),
    "Image.alpha_composite.im2": ("image('RGBA')",),
    "Image.Image.alpha_composite.self": ("image('RGBA')",),
    "Image.Image.alpha_composite.im": ("image('RGBA').rotate(90)",),
    "Image.Image.convert.mode": ("'L'", "'RGB'"),
    "Image.Image.paste.im": ("7", "image()"),
    "Image.Image.paste.box": ("(0, 0, 16, 16)",),
    "Image.Image.putalpha.self": ("image('RGBA')",),
    "Image.Image.putpixel.self": ("image('L')",),
    "Image.Image.putpixel.value": ("9",),
    "Image.Image.putpalette.self": ("palette()",),
    "Image.Image.putpalette.data": ("list(range(24))",),
    "Image.Image.putdata.self": ("image('L')",),
    "Image.Image.putdata.data": ("list(range(256))",),
    "Image.Image.thumbnail.size": ("(4, 4)",),
    "Image.Image.transform.method": ("Image.Transform.AFFINE",),
    "Image.Image.transform.data": ("(1, 0, 0, 0, 1, 0)",),
    "Image.Image.quantize.self": ("image()",),
    "Image.Image.save.fp": ("io.BytesIO()",),
    "Image.Image.save.format": ("'PNG'",),
    "Image.Image.getcolors.maxcolors": ("256",),
    "ImageDraw.self": ("drawing()",),
    "ImageDraw.xy": ("(2, 2, 9, 9)",),
    "ImageDraw.fill": ("'white'",),
    "ImageDraw.point.xy": ("(3, 3)",),
    "ImageDraw.text.xy": ("(3, 3)",),
    "ImageDraw.bitmap.xy": ("(0, 0)",),
    "ImageDraw.bitmap.bitmap": ("image('L')",),
    "ImageDraw.polygon.xy": ("[(2, 2), (9, 2), (5, 9)]",),
    "ImageDraw.regular_polygon.bounding_circle": ("(8, 8, 4)",),
    "ImageDraw.regular_polygon.n_sides": ("5",),
    "colorize.image": ("image('L')",),
    "expand.border": ("1", "0"),
    "ImageOps.scale.factor": ("1.0", "2.0"),
    "exif_transpose.image": ("turned()",),
}


def saved() -> bytes:
    """An image as a file."""
    file = io.BytesIO()
    image().save(file, "PNG")
    return file.getvalue()


def turned() -> Any:
    """An image that says of itself that it lies on its side."""
    found = image().resize((16, 8))
    found.getexif()[0x0112] = 6
    return found


NOTHING_LEFT = frozenset({"PIL.Image.Image.close", "PIL.Image.Image.verify"})
NAMES = {**globals(), "ImageFilter": ImageFilter}
WORDS = Vocabulary(NAMES, VALUES, Outcome, {"nothing is left to look at": NOTHING_LEFT})


def entries() -> list[Entry]:
    return entries_of("PIL")


def audit(entry: Entry) -> Row:
    return by_name.prove(entry, WORDS)
