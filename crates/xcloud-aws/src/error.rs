//! What AWS's errors mean: one table from code to kind.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{DispatchFailure, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId as _;
use xcloud_core::model::PlaceKey;
use xcloud_core::provider::{ErrorKind, ProviderError};

use crate::complete_xml::Incomplete;

/// Returns the error of a call as the engine judges it. Headers, bodies and credentials never get into it.
pub(crate) fn from_sdk<E>(place: &PlaceKey, operation: &str, error: &SdkError<E, HttpResponse>) -> ProviderError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let mut told = match error {
        SdkError::ServiceError(context) => {
            service_error(place, operation, context.err(), context.raw().status().as_u16())
        }
        SdkError::ResponseError(context) => {
            let whole = !chain(error).any(|cause| cause.is::<Incomplete>());
            cut_off(place, operation, context.raw().status().as_u16(), whole)
        }
        SdkError::TimeoutError(_) => {
            new(place, operation, ErrorKind::OutcomeUnknown, "no answer came within the time limit of a call")
        }
        SdkError::DispatchFailure(failure) => dispatch_failure(place, operation, failure),
        SdkError::ConstructionFailure(_) if chain(error).any(is_credentials_error) => {
            new(place, operation, ErrorKind::Credentials, "there are no usable credentials")
        }
        _ => new(place, operation, ErrorKind::Invalid, &format!("the request could not be made: {}", reason(error))),
    };
    told.request_id = error.request_id().map(str::to_owned);
    told.retry_after_secs = error
        .raw_response()
        .and_then(|raw| raw.headers().get("retry-after"))
        .and_then(|seconds| seconds.trim().parse().ok());
    told
}

/// Returns an error that the adapter itself found.
pub(crate) fn new(place: &PlaceKey, operation: &str, kind: ErrorKind, message: &str) -> ProviderError {
    ProviderError {
        kind,
        operation: operation.to_owned(),
        place: place.clone(),
        code: None,
        message: message.to_owned(),
        request_id: None,
        retry_after_secs: None,
    }
}

/// EC2 puts the reasons of a refusal, encoded, into its message: 1,183 characters were seen, and cut off they cannot be decoded.
const LONGEST_MESSAGE: usize = 16_000;

/// Returns an error that AWS answered with a code, also inside a successful answer (`Unsuccessful`, `LastError`).
pub(crate) fn coded(place: &PlaceKey, operation: &str, code: &str, message: Option<&str>) -> ProviderError {
    let kind = kind_of(operation, code, message.unwrap_or_default()).unwrap_or(ErrorKind::Other);
    let message = if shows_the_request(code) {
        "the signature of the request was not accepted"
    } else {
        message.unwrap_or("no message")
    };
    let message: String = message.chars().take(LONGEST_MESSAGE).collect();
    ProviderError { code: Some(code.to_owned()), ..new(place, operation, kind, &message) }
}

fn service_error(
    place: &PlaceKey,
    operation: &str,
    error: &(impl ProvideErrorMetadata + ?Sized),
    status: u16,
) -> ProviderError {
    if let Some(code) = error.code().filter(|code| !code.is_empty()) {
        let mut told = coded(place, operation, code, error.message());
        if told.kind == ErrorKind::Other {
            told.kind = kind_of_status(status).unwrap_or(ErrorKind::Other);
        }
        return told;
    }
    if (200..300).contains(&status) {
        return cut_off(place, operation, status, false);
    }
    let kind = kind_of_status(status).unwrap_or(ErrorKind::Malformed);
    new(place, operation, kind, &format!("HTTP {status} without an AWS error code"))
}

/// `whole`: the document was not judged broken, so it was the connection that ended too early.
fn cut_off(place: &PlaceKey, operation: &str, status: u16, whole: bool) -> ProviderError {
    if whole {
        let message = format!("the answer (HTTP {status}) was cut off");
        return new(place, operation, ErrorKind::OutcomeUnknown, &message);
    }
    let message = format!("the answer (HTTP {status}) is not a whole document of this operation");
    new(place, operation, ErrorKind::Malformed, &message)
}

/// The SDK's connector marks failures while connecting: its connect timeout, and hyper's `client error (Connect)`.
fn dispatch_failure(place: &PlaceKey, operation: &str, failure: &DispatchFailure) -> ProviderError {
    let Some(error) = failure.as_connector_error() else {
        return new(place, operation, ErrorKind::OutcomeUnknown, "the connection failed");
    };
    if chain(error).any(is_credentials_error) {
        return new(place, operation, ErrorKind::Credentials, "there are no usable credentials");
    }
    let never_sent = failure.is_timeout()
        || failure.is_user()
        || chain(error).any(|cause| is_refusal(cause) || cause.to_string().starts_with("client error (Connect)"));
    let kind = if never_sent { ErrorKind::Unreachable } else { ErrorKind::OutcomeUnknown };
    let what = if never_sent { "no connection could be made" } else { "the connection failed" };
    new(place, operation, kind, &format!("{what}: {}", reason(error)))
}

fn is_refusal(cause: &(dyn Error + 'static)) -> bool {
    use std::io::ErrorKind::{AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable, NotFound};
    cause.downcast_ref::<std::io::Error>().is_some_and(|error| {
        matches!(error.kind(), AddrNotAvailable | ConnectionRefused | HostUnreachable | NetworkUnreachable | NotFound)
    })
}

fn is_credentials_error(cause: &(dyn Error + 'static)) -> bool {
    cause.is::<aws_credential_types::provider::error::CredentialsError>()
}

/// The innermost cause: what went wrong, without the layers above it.
fn reason(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map(|cause| cause.to_string().chars().take(200).collect()).unwrap_or_default()
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let current = next?;
        next = current.source();
        Some(current)
    })
}

fn kind_of_status(status: u16) -> Option<ErrorKind> {
    match status {
        429 => Some(ErrorKind::Throttled),
        401 | 403 | 407 => Some(ErrorKind::Denied),
        500.. => Some(ErrorKind::OutcomeUnknown),
        _ => None,
    }
}

/// These messages repeat the canonical request, which holds the session token.
fn shows_the_request(code: &str) -> bool {
    matches!(code, "SignatureDoesNotMatch" | "IncompleteSignature" | "InvalidSignatureException")
}

/// Returns the kind of an AWS error code (EC2 API error codes; Elastic Load Balancing, STS and Route 53 API errors).
pub(crate) fn kind_of(operation: &str, code: &str, message: &str) -> Option<ErrorKind> {
    // A service answers these for minutes after it was made (aws-sdk-go-v2#2254): the call had no effect.
    if operation == "CreateVpcEndpoint" && matches!(code, "Unavailable" | "InvalidServiceName") {
        return Some(ErrorKind::Busy);
    }
    let kind = match code {
        // IAM's messages name the kind of policy that decided ("Troubleshoot access denied error messages").
        "UnauthorizedOperation" | "AccessDenied" | "AccessDeniedException"
            if ["service control policy", "resource control policy"].iter().any(|policy| message.contains(policy)) =>
        {
            ErrorKind::Policy
        }
        // Elastic Load Balancing: "cannot be deleted because deletion protection is enabled".
        "OperationNotPermitted" if message.contains("deletion protection") => ErrorKind::Locked,
        "OperationNotPermitted" => ErrorKind::Denied,
        "RequestLimitExceeded"
        | "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "SlowDown"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "EC2ThrottledException"
        | "BandwidthLimitExceeded"
        | "PriorRequestNotComplete" => ErrorKind::Throttled,
        "IncorrectState" | "ConcurrentModification" | "OperationInProgress" => ErrorKind::Busy,
        "DependencyViolation" | "ResourceInUse" | "ExistingVpcEndpointConnections" => ErrorKind::InUse,
        "UnauthorizedOperation"
        | "AccessDenied"
        | "AccessDeniedException"
        | "OptInRequired"
        | "RegionDisabledException"
        | "Blocked"
        | "PendingVerification" => ErrorKind::Denied,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "InvalidClientTokenId"
        | "AuthFailure"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "MissingAuthenticationToken"
        | "IncompleteSignature"
        | "InvalidAccessKeyId"
        | "InvalidSignatureException" => ErrorKind::Credentials,
        "InternalError"
        | "InternalFailure"
        | "InternalServiceError"
        | "InternalServerError"
        | "ServiceUnavailable"
        | "Unavailable" => ErrorKind::OutcomeUnknown,
        "IdempotentParameterMismatch"
        | "PrefixListVersionMismatch"
        | "HostedZoneAlreadyExists"
        | "ConflictingDomainExists"
        | "RouteAlreadyExists" => ErrorKind::Conflict,
        "NoSuchHostedZone" => ErrorKind::NotFound,
        // ELBv2's word for a group that is not (yet) visible to it.
        "InvalidSecurityGroup" => ErrorKind::NotFound,
        "DuplicateSubnetsInSameZone" | "ValidationError" | "TooManyTags" => ErrorKind::Invalid,
        // A tag policy of the organisation ("Tag policies", enforcement).
        "TagPolicyViolation" | "TagPolicyException" => ErrorKind::Policy,
        "InsufficientFreeAddressesInSubnet" | "TargetGroupAssociationLimit" => ErrorKind::Quota,
        "InvalidChangeBatch" if message.contains("already exists") || message.contains("not found") => {
            ErrorKind::Conflict
        }
        _ => return kind_of_spelling(code),
    };
    Some(kind)
}

/// AWS spells many codes by pattern: `InvalidGroup.NotFound`, `InvalidPermission.Duplicate`, `TagLimitExceeded`.
fn kind_of_spelling(code: &str) -> Option<ErrorKind> {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| code.starts_with(prefix));
    if code.ends_with("NotFound") || code.ends_with("NotFoundException") {
        Some(ErrorKind::NotFound)
    } else if code.ends_with(".InUse") {
        Some(ErrorKind::InUse)
    } else if code.ends_with(".Duplicate") || code.starts_with("Duplicate") {
        Some(ErrorKind::Conflict)
    } else if code.ends_with("LimitExceeded") || code.starts_with("TooMany") {
        Some(ErrorKind::Quota)
    } else if starts(&["Invalid", "Malformed", "Missing", "Unknown", "Unsupported", "Validation"]) {
        Some(ErrorKind::Invalid)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_mean_what_the_api_pages_say() {
        let cases = [
            ("CreateTags", "TagPolicyViolation", ErrorKind::Policy),
            ("DeleteSecurityGroup", "DependencyViolation", ErrorKind::InUse),
            ("DeleteSecurityGroup", "InvalidGroup.InUse", ErrorKind::InUse),
            ("DeleteVpcEndpointServiceConfigurations", "ExistingVpcEndpointConnections", ErrorKind::InUse),
            ("DescribeVpcEndpoints", "InvalidVpcEndpointId.NotFound", ErrorKind::NotFound),
            ("DeleteVpcEndpoints", "InvalidVpcEndpoint.NotFound", ErrorKind::NotFound),
            ("DescribeManagedPrefixLists", "InvalidPrefixListID.NotFound", ErrorKind::NotFound),
            ("DescribeLoadBalancers", "LoadBalancerNotFound", ErrorKind::NotFound),
            ("CreateVpcEndpoint", "Unavailable", ErrorKind::Busy),
            ("CreateVpcEndpoint", "InvalidServiceName", ErrorKind::Busy),
            ("DescribeVpcEndpointServices", "InvalidServiceName", ErrorKind::Invalid),
            ("CreateSecurityGroup", "Unavailable", ErrorKind::OutcomeUnknown),
            ("CreateVpcEndpoint", "DuplicateSubnetsInSameZone", ErrorKind::Invalid),
            ("CreateListener", "DuplicateListener", ErrorKind::Conflict),
            ("AuthorizeSecurityGroupIngress", "InvalidPermission.Duplicate", ErrorKind::Conflict),
            ("AuthorizeSecurityGroupIngress", "RulesPerSecurityGroupLimitExceeded", ErrorKind::Quota),
            ("DescribeVpcs", "RequestLimitExceeded", ErrorKind::Throttled),
            ("ChangeResourceRecordSets", "PriorRequestNotComplete", ErrorKind::Throttled),
            ("DescribeVpcs", "UnauthorizedOperation", ErrorKind::Denied),
            ("AssumeRole", "ExpiredToken", ErrorKind::Credentials),
            ("DescribeVpcs", "InternalError", ErrorKind::OutcomeUnknown),
        ];
        for (operation, code, kind) in cases {
            assert_eq!(kind_of(operation, code, ""), Some(kind), "{operation} {code}");
        }
        assert_eq!(kind_of("DescribeVpcs", "SomethingNew", ""), None);
    }

    #[test]
    fn who_refuses_is_in_the_message() {
        let scp = "User: x is not authorized to perform: y with an explicit deny in a service control policy";
        assert_eq!(kind_of("CreateVpcEndpoint", "UnauthorizedOperation", scp), Some(ErrorKind::Policy));
        assert_eq!(kind_of("CreateLoadBalancer", "AccessDenied", scp), Some(ErrorKind::Policy));
        let protected = "Load balancer 'x' cannot be deleted because deletion protection is enabled";
        assert_eq!(kind_of("DeleteLoadBalancer", "OperationNotPermitted", protected), Some(ErrorKind::Locked));
        assert_eq!(kind_of("DeleteLoadBalancer", "OperationNotPermitted", "no"), Some(ErrorKind::Denied));
    }

    #[test]
    fn encoded_reasons_are_kept_whole_and_left_out_of_the_sentence() {
        let place = PlaceKey::try_from("aws/111111111111/eu-north-1".to_owned()).expect("a place");
        let reasons = "x_-9".repeat(1_000);
        let message = format!("You are not authorized. Encoded authorization failure message: {reasons}");
        let told = coded(&place, "CreateVpcEndpoint", "UnauthorizedOperation", Some(&message));
        assert_eq!(told.encoded_reasons(), Some(reasons.as_str()));
        assert!(told.to_string().ends_with("UnauthorizedOperation: You are not authorized."), "{told}");
    }

    #[test]
    fn a_message_that_repeats_the_signed_request_is_not_shown() {
        let place = PlaceKey::try_from("aws/111111111111/eu-north-1".to_owned()).expect("a place");
        let message = "The Canonical String ... x-amz-security-token:SECRET";
        let told = coded(&place, "DescribeVpcs", "SignatureDoesNotMatch", Some(message));
        assert!(!told.to_string().contains("SECRET"), "{told}");
        assert_eq!(told.kind, ErrorKind::Credentials);
    }
}
