import pytest

from model.windows import windows


@pytest.mark.parametrize(
    ("items", "found"),
    [
        ([10], [[10]]),
        ([1, 10], [[1, 10]]),
        ([0, 10], [[10]]),
        ([10, 19], [[10], [10, 19]]),
        ([10, 20], [[10]]),
        ([19, 5, 10], [[5, 10], [19, 10]]),
        ([5], []),
    ],
)
def test_every_window_of_ten_seconds_that_holds_the_tenth(items, found):
    assert [*windows(items, float, 10, 10)] == found
