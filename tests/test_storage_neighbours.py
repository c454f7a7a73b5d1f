"""Tables of pandas and images of Pillow are leaves: overlap is of columns, pictures are of elements."""

from __future__ import annotations

import pytest

from runtime_check.storage import leaves, picture, values_overlap

np = pytest.importorskip("numpy")


def test_a_table_overlaps_with_the_arrays_over_its_columns() -> None:
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame(np.arange(6.0).reshape(3, 2), columns=["a", "b"])
    other = table.copy()
    assert values_overlap(table, table["a"].to_numpy())
    assert not values_overlap(table, other)
    assert len(leaves([table, {"column": table["a"]}])) == 2
    before = picture(table)
    assert before == picture(other)
    table.iloc[0, 0] = 9.0
    assert before == picture(other) != picture(table)


def test_a_column_of_text_has_a_picture_and_no_address() -> None:
    pd = pytest.importorskip("pandas")
    words = pd.Series(["x", "y"])
    assert values_overlap(words, words) is None
    assert picture(words) != picture(pd.Series(["x", "z"]))


def test_an_image_has_a_picture_and_no_address() -> None:
    images = pytest.importorskip("PIL.Image")
    image = images.new("L", (2, 2), 3)
    before = picture(image)
    assert before == picture(image.copy()) != picture(image.convert("RGB"))
    assert values_overlap(image, image) is None
    image.putpixel((0, 0), 1)
    assert picture(image) != before
