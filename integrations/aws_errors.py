"""The one seam where botocore's exceptions become hopstop's errors."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from boto3.exceptions import Boto3Error
from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from model.errors import HopstopError, Malformed, NotFound, Refused, Unavailable
from model.text import clean, code

Made = type[Malformed | Refused | Unavailable]

# Patterns, because each service spells them its own way (Throttling, KmsThrottled, ThrottlingException).
_BUSY = re.compile(
    r"Throttl|TooManyRequests|SlowDown|RequestLimitExceeded|BandwidthLimit|OverLimit|PriorRequestNotComplete"
    r"|ConcurrentModification|TemporarilyUnmodifiable|Unavailable|InternalError|InternalFailure|ServiceFailure"
    r"|RequestTimeout|RequestExpired|^ExpiredToken|CommunicationError|ReportInProgress|PolicyEvaluation|PolicyChangesInProgress"
    r"|GenerateResponse|PurgeQueueInProgress|QueueDeletedRecently|MaxConcurrentQueries"
    r"|ThroughputExceeded|^Transaction(?:Conflict|InProgress)"
)
_ABSENT = re.compile(r"^NoSuch|NotFound|NonExistentQueue|QueueDoesNotExist|BucketDoesNotExist|ReportNotPresent")
_BADLY_SAID = re.compile(
    r"^Malformed|^Invalid(?!ClientTokenId|Security|IdentityToken|HomeRegion|UserType|AuthenticationCode)"
    r"|^Validation|^Missing|^Unrecogni[sz]edPublicKey|^ReceiptHandleIsInvalid|^EmptyBatch|^TooManyEntries|^Batch"
    r"|NotValid|ARNInvalid|PayloadSizeExceeded"
)
# AWS repeats the signed request, session token included, in what it says about these.
_REPEATS_REQUEST = re.compile(r"Signature|Token|Security|Authorization")
# No name of AWS runs this far without a dash, dot, colon or underscore; keys and tokens do.
_SECRET = re.compile(r"[A-Za-z0-9+/=]{32,}")

_UNREACHABLE = (
    boto.HTTPClientError,
    boto.ConnectionError,
    boto.IncompleteReadError,
    boto.ChecksumError,
    boto.FlexibleChecksumError,
    boto.CredentialRetrievalError,
    boto.MetadataRetrievalError,
    boto.TokenRetrievalError,
    boto.CapacityNotAvailableError,
    ResponseParserError,
)
_MISUSED = (
    boto.ParamValidationError,
    boto.ValidationError,
    boto.MissingParametersError,
    boto.PaginationError,
    boto.OperationNotPageableError,
    boto.UnknownClientMethodError,
    boto.StubResponseError,
    boto.UndefinedModelAttributeError,
    boto.InvalidDNSNameError,
    boto.InvalidHostLabelError,
    boto.InvalidExpressionError,
)
SDK_ERRORS = (
    boto.BotoCoreError,
    boto.ClientError,
    boto.UndefinedModelAttributeError,
    ResponseParserError,
    Boto3Error,
)


@contextmanager
def aws_errors(doing: str, reword: Callable[[str], str | None] = lambda _: None) -> Iterator[None]:
    """Turn whatever boto3 raises into Refused, NotFound, Malformed or Unavailable, without its traceback.

    `doing` is what was tried, in plain words. `reword` may give a better sentence for an error code of AWS.
    """
    try:
        yield
    except SDK_ERRORS as error:
        raise as_ours(error, doing, reword) from None


def as_ours(error: Exception, doing: str, reword: Callable[[str], str | None] = lambda _: None) -> HopstopError:
    """One exception of the SDK as one of ours; the text is one line that holds no credential."""
    if isinstance(error, boto.ClientError):
        return _answered(error, doing, reword)
    if isinstance(error, _UNREACHABLE):
        return Unavailable(f"AWS cannot be reached to {doing}: {type(error).__name__}")
    if isinstance(error, _MISUSED):
        return Malformed(f"AWS would not take the request to {doing}: {type(error).__name__}")
    return Refused(f"this machine's AWS settings do not let it {doing}: {type(error).__name__}")


def kind_of(error_code: str, http_status: int) -> Made:
    """What an error code of AWS means to us; the unknown is a refusal, or an outage from HTTP 500 up."""
    if _BUSY.search(error_code) or http_status == 429:
        return Unavailable
    if _ABSENT.search(error_code):
        return NotFound
    if _BADLY_SAID.search(error_code):
        return Malformed
    return Unavailable if http_status >= 500 else Refused


def _answered(error: boto.ClientError, doing: str, reword: Callable[[str], str | None]) -> HopstopError:
    error_code = str(error.response.get("Error", {}).get("Code") or "Unknown")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    kind = kind_of(error_code, status if isinstance(status, int) else 400)
    better = reword(error_code)
    if better:
        return kind(f"AWS did not {doing}: {better}")
    return kind(f"AWS did not {doing}: {code(error_code)}{_said(error, error_code)}")


def _said(error: boto.ClientError, error_code: str) -> str:
    message = str(error.response.get("Error", {}).get("Message") or "")
    if not message or _REPEATS_REQUEST.search(error_code):
        return ""
    return f" {code(clean(_SECRET.sub('…', message), 240), 240)}"
