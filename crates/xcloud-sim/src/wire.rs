//! The request and response that both simulated clouds work on.

use bytes::Bytes;

/// An HTTP request, with who calls already read from it.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `PUT`, ...
    pub method: http::Method,
    /// Path and query as sent.
    pub uri: http::Uri,
    /// All headers as sent.
    pub headers: http::HeaderMap,
    /// The whole body.
    pub body: Bytes,
    /// The caller, from the signature's credential scope or the bearer token.
    pub caller: Caller,
    /// Scheme and authority under which the client reaches this cloud (`http://127.0.0.1:4001`); absolute URLs in
    /// answers (operation status, next page) start with it.
    pub base_url: String,
}

/// Who calls, and which service of which cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// An AWS call: access key and credential scope of the SigV4 signature.
    Aws {
        /// The access key id.
        access_key: String,
        /// The region of the credential scope.
        region: String,
        /// The service of the credential scope: `ec2`, `elasticloadbalancing`, `sts`, `route53`.
        service: String,
    },
    /// An Azure Resource Manager call with a bearer token.
    Azure,
    /// Neither: no usable `Authorization` header.
    Anonymous,
}

impl Caller {
    /// Reads the caller from an `Authorization` header.
    #[must_use]
    pub fn from_headers(headers: &http::HeaderMap) -> Self {
        let Some(value) = headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok()) else {
            return Self::Anonymous;
        };
        if value.starts_with("Bearer ") {
            return Self::Azure;
        }
        let scope = value.split("Credential=").nth(1).and_then(|rest| rest.split(',').next());
        let parts: Vec<&str> = scope.unwrap_or_default().trim().split('/').collect();
        match parts.as_slice() {
            [access_key, _date, region, service, "aws4_request"] => Self::Aws {
                access_key: (*access_key).to_owned(),
                region: (*region).to_owned(),
                service: (*service).to_owned(),
            },
            _ => Self::Anonymous,
        }
    }
}

/// An HTTP response, with the name of the operation that was recognised (for the call log).
#[derive(Debug, Clone)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Bytes,
    /// The operation's name: `CreateVpcEndpoint`, or `PUT securityRules` for Resource Manager.
    pub operation: String,
    /// True if the call changed the cloud's state (or started to).
    pub mutated: bool,
}
