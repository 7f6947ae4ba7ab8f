"""Facts as hypothesis draws them, within 29 days, few enough kinds that no set outgrows its bound."""

from hypothesis import strategies as st

from model.baseline import DAY, Baseline, Fact
from model.learning import learn, reach, seen

NOW = 1_790_000_000
FACTS = st.builds(
    Fact,
    time=st.integers(NOW - 29 * DAY, NOW).map(float),
    target=st.none() | st.sampled_from(["arn:a", "arn:b", "arn:aws:iam::222222222222:role/c"]),
    account=st.sampled_from(["111111111111", "222222222222"]),
    denied=st.booleans(),
    network=st.none() | st.sampled_from(["192.0.2", "198.51.100", "ÿ" * 90]),
    tool=st.none() | st.just("boto3"),
    region=st.none() | st.just("eu-west-1"),
    duration=st.none() | st.sampled_from([900, 3600]),
    reached=st.tuples() | st.just((5, 6)),
    depth=st.integers(0, 4),
    record=st.text("abc", max_size=3),
    after=st.none() | st.sampled_from(["iam:CreateUser", "s3:ListBuckets"]),
    deed=st.none() | st.sampled_from(["iam:CreateUser", "iam:CreateUser!"]),
    read=st.tuples() | st.just((7, 8)),
)
BATCHES = st.lists(st.lists(FACTS, max_size=15), max_size=4)


def take(baseline: Baseline, fact: Fact) -> None:
    """Everything that may happen to a fact."""
    reach(learn(baseline, fact), fact)
    if fact.target:
        seen(baseline, fact)
