import pytest

from cli.finding_lines import anomaly_fields
from tests.detectors.test_composite import evidence


@pytest.mark.parametrize(
    ("observed", "printed"), [(4, "4"), (4.5, "4.5"), ("Wed 03:00", "Wed 03:00"), (1e16, "10000000000000000")]
)
def test_counts_are_printed_as_whole_numbers(observed, printed):
    assert str(anomaly_fields(evidence("chain", observed=observed).anomaly)["observed"]) == printed
