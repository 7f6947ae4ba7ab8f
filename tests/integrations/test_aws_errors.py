"""Every exception of the SDK, and every error code of the services that are used, is one of ours."""

import inspect

import botocore.session
import pytest
from botocore import exceptions as boto

from integrations.aws_errors import as_ours, aws_errors, kind_of
from model.errors import HopstopError, Malformed, NotFound, Refused, Unavailable

SERVICES = ("iam", "sts", "sqs", "cloudtrail", "organizations")
CLASSES = [
    found
    for _, found in inspect.getmembers(boto, inspect.isclass)
    if issubclass(found, Exception) and not issubclass(found, Warning)
]
SECRET = "FwoGZXIvYXdzEJr" + "A1b2C3d4" * 10


def codes() -> list[tuple[str, int]]:
    session = botocore.session.get_session()
    shapes = [shape for service in SERVICES for shape in session.get_service_model(service).error_shapes]
    errors = [(shape.name, shape.metadata.get("error", {})) for shape in shapes]
    return sorted({(error.get("code", name), error.get("httpStatusCode", 400)) for name, error in errors})


def answer(code: str, message: str = "said", status: int = 400) -> boto.ClientError:
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return boto.ClientError(response, "Operation")


def test_the_walk_sees_the_whole_sdk() -> None:
    assert len(CLASSES) > 80
    assert len(codes()) > 120


@pytest.mark.parametrize("found", CLASSES, ids=lambda found: found.__name__)
def test_no_exception_class_escapes(found: type[Exception]) -> None:
    error = found.__new__(found)
    if isinstance(error, boto.ClientError):
        error.response = {}
    with pytest.raises(HopstopError) as raised, aws_errors("do it"):
        raise error
    assert isinstance(raised.value, Malformed | Refused | Unavailable)
    assert "\n" not in str(raised.value)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(
    ("found", "ours"),
    [
        (boto.EndpointConnectionError, Unavailable),
        (boto.ConnectTimeoutError, Unavailable),
        (boto.ReadTimeoutError, Unavailable),
        (boto.ConnectionClosedError, Unavailable),
        (boto.SSLError, Unavailable),
        (boto.CredentialRetrievalError, Unavailable),
        (boto.NoCredentialsError, Refused),
        (boto.ProfileNotFound, Refused),
        (boto.NoRegionError, Refused),
        (boto.ParamValidationError, Malformed),
    ],
)
def test_a_class_means_what_to_do_next(found: type[Exception], ours: type[HopstopError]) -> None:
    assert type(as_ours(found.__new__(found), "do it")) is ours


@pytest.mark.parametrize(("code", "status"), codes())
def test_every_code_of_the_services_means_something(code: str, status: int) -> None:
    kind = kind_of(code, status)
    if any(word in code for word in ("Throttl", "Unavailable", "Concurrent", "Temporarily")) or status >= 500:
        assert kind is Unavailable
    elif "NotFound" in code or code.startswith("NoSuch"):
        assert kind is NotFound
    elif "Denied" in code or "LimitExceeded" in code or "Exists" in code:
        assert kind in (Refused, Unavailable if code == "ReportGenerationLimitExceeded" else Refused)
    else:
        assert issubclass(kind, HopstopError)


@pytest.mark.parametrize(
    ("code", "status", "ours"),
    [
        ("Throttling", 400, Unavailable),
        ("ThrottlingException", 400, Unavailable),
        ("RequestThrottled", 403, Unavailable),
        ("TooManyRequestsException", 429, Unavailable),
        ("RequestLimitExceeded", 503, Unavailable),
        ("ServiceFailure", 500, Unavailable),
        ("502", 502, Unavailable),
        ("ConcurrentModification", 409, Unavailable),
        ("EntityTemporarilyUnmodifiable", 409, Unavailable),
        ("ExpiredToken", 403, Unavailable),
        ("ProvisionedThroughputExceededException", 400, Unavailable),
        ("TransactionConflictException", 400, Unavailable),
        ("TransactionInProgressException", 400, Unavailable),
        ("NoSuchEntity", 404, NotFound),
        ("AWS.SimpleQueueService.NonExistentQueue", 400, NotFound),
        ("QueueDoesNotExist", 400, NotFound),
        ("MalformedPolicyDocument", 400, Malformed),
        ("ValidationError", 400, Malformed),
        ("InvalidLookupAttributesException", 400, Malformed),
        ("ReceiptHandleIsInvalid", 400, Malformed),
        ("AccessDenied", 403, Refused),
        ("AccessDeniedException", 400, Refused),
        ("InvalidClientTokenId", 403, Refused),
        ("SignatureDoesNotMatch", 403, Refused),
        ("LimitExceeded", 409, Refused),
        ("UnmodifiableEntity", 400, Refused),
        ("RegionDisabledException", 403, Refused),
        ("OptInRequired", 403, Refused),
        ("", 400, Refused),
    ],
)
def test_a_code_means_what_to_do_next(code: str, status: int, ours: type[HopstopError]) -> None:
    assert type(as_ours(answer(code, status=status), "do it")) is ours


@pytest.mark.parametrize(
    "error",
    [
        answer("SignatureDoesNotMatch", f"x-amz-security-token:{SECRET}\n\nhost"),
        answer("IncompleteSignature", f"Authorization: AWS4 Signature={SECRET}"),
        answer("ExpiredToken", f"<Token-0>{SECRET}</Token-0>"),
        answer("Odd", f"you sent {SECRET}\nand more"),
        answer("Odd", f"you sent a/b/c/d/{SECRET}/e/f"),
        boto.ParamValidationError(report=f"Invalid token {SECRET}"),
        boto.CredentialRetrievalError(provider="x", error_msg=SECRET),
        boto.EndpointConnectionError(endpoint_url=f"https://user:{SECRET}@192.0.2.1"),
    ],
)
def test_no_credential_is_in_a_line(error: Exception) -> None:
    line = str(as_ours(error, "do it"))
    assert SECRET not in line
    assert "A1b2C3d4A1b2C3d4" not in line
    assert "\n" not in line


def test_what_aws_says_is_kept_where_it_helps() -> None:
    said = "User: arn:aws:iam::111111111111:user/ana may not iam:PutRolePolicy on <!channel>"
    line = str(as_ours(answer("AccessDenied", said, 403), "put it"))
    assert line.startswith("AWS did not put it: `AccessDenied` `User: arn:aws:iam::111111111111:user/ana may not")
    assert "<" not in line


def test_other_exceptions_pass() -> None:
    with pytest.raises(KeyError), aws_errors("do it"):
        raise KeyError("ours to mend")
