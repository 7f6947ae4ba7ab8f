import pytest

from model.role_path import is_linked, role_path

HOME = "arn:aws:iam::111111111111"


@pytest.mark.parametrize(
    ("arn", "path", "linked"),
    [
        (f"{HOME}:role/ci", "ci", False),
        (f"{HOME}:role/team/ci", "team/ci", False),
        (f"{HOME}:role/aws-service-role/x.amazonaws.com/Y", "aws-service-role/x.amazonaws.com/Y", True),
        ("arn:aws-cn:iam::1:role/aws-service-role/x/Y", "aws-service-role/x/Y", True),
        (f"{HOME}:role/a:role/aws-service-role/x/Y", "a:role/aws-service-role/x/Y", False),
        (f"{HOME}:user/a:role/aws-service-role/x/eve", None, False),
        (f"{HOME}:user/eve", None, False),
        ("arn:aws:sts::111111111111:assumed-role/ci/s", None, False),
        ("role/aws-service-role/x/Y", None, False),
        ("", None, False),
        (None, None, False),
    ],
)
def test_only_the_beginning_of_the_sixth_field_says_what_it_is(arn, path, linked):
    assert (role_path(arn), is_linked(arn)) == (path, linked)
