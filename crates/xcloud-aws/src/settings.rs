//! How to reach AWS: everything comes from here, nothing is read from the environment inside.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// How to reach AWS.
#[derive(Debug, Clone)]
pub struct AwsSettings {
    /// Other addresses than AWS's own, for emulators.
    pub endpoints: Endpoints,
    /// The transport; `None`: the SDK's own over TLS.
    pub http_client: Option<SharedHttpClient>,
    /// The clock that signs requests and judges the age of credentials; `None`: the system's.
    pub time_source: Option<SharedTimeSource>,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long one attempt of a call may take in all.
    pub attempt_timeout: Duration,
    /// The caller's own credentials; `None`: the standard chain (profiles, SSO, web identity, instance roles).
    pub base_credentials: Option<SharedCredentialsProvider>,
    /// True for commands that only read: a place's `read_role` is used where it has one.
    pub read_only: bool,
    /// True where several estates are read in one pass: what is the same for all is read once.
    pub share_reads: bool,
}

impl Default for AwsSettings {
    fn default() -> Self {
        Self {
            endpoints: Endpoints::default(),
            http_client: None,
            time_source: None,
            connect_timeout: Duration::from_secs(3),
            attempt_timeout: Duration::from_secs(20),
            base_credentials: None,
            read_only: false,
            share_reads: false,
        }
    }
}

/// An AWS service that the adapter calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Ec2,
    LoadBalancing,
    Sts,
    Route53,
}

impl Service {
    /// The service id as environment variables spell it (AWS SDKs: service-specific endpoints).
    fn variable(self) -> &'static str {
        match self {
            Self::Ec2 => "AWS_ENDPOINT_URL_EC2",
            Self::LoadBalancing => "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2",
            Self::Sts => "AWS_ENDPOINT_URL_STS",
            Self::Route53 => "AWS_ENDPOINT_URL_ROUTE_53",
        }
    }
}

/// Other addresses than AWS's own.
///
/// `XCLOUD_AWS_ENDPOINT_<REGION>` (`..._EU_NORTH_1`; `..._GLOBAL` for Route 53) goes before
/// `AWS_ENDPOINT_URL_<SERVICE>`, and that before `AWS_ENDPOINT_URL`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints(BTreeMap<String, String>);

/// An address that must not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidEndpoint {
    /// The variable.
    pub variable: String,
    /// What is wrong with its value.
    pub reason: &'static str,
}

impl std::fmt::Display for InvalidEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.variable, self.reason)
    }
}

impl std::error::Error for InvalidEndpoint {}

impl Endpoints {
    /// Reads the addresses from variables; others than the endpoint variables are ignored, and so are empty ones.
    ///
    /// # Errors
    /// [`InvalidEndpoint`] if a value is not a URL, carries credentials, or is plain http to another host than this.
    pub fn from_variables<'a>(
        variables: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, InvalidEndpoint> {
        let mut addresses = BTreeMap::new();
        for (name, value) in variables {
            let ours = name.starts_with("XCLOUD_AWS_ENDPOINT_")
                || name == "AWS_ENDPOINT_URL"
                || name.starts_with("AWS_ENDPOINT_URL_");
            if !ours || value.is_empty() {
                continue;
            }
            judge(value).map_err(|reason| InvalidEndpoint { variable: name.to_owned(), reason })?;
            addresses.insert(name.to_owned(), value.to_owned());
        }
        Ok(Self(addresses))
    }

    /// Returns the address for S3, or `None` for AWS's own.
    pub(crate) fn s3(&self) -> Option<&str> {
        ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"].into_iter().find_map(|name| self.0.get(name).map(String::as_str))
    }

    /// Returns the address for a service in a region, or `None` for AWS's own.
    pub(crate) fn resolve(&self, service: Service, region: &str) -> Option<&str> {
        let place = match service {
            Service::Route53 => "GLOBAL".to_owned(),
            Service::Ec2 | Service::LoadBalancing | Service::Sts => region.to_ascii_uppercase().replace('-', "_"),
        };
        [&format!("XCLOUD_AWS_ENDPOINT_{place}"), service.variable(), "AWS_ENDPOINT_URL"]
            .into_iter()
            .find_map(|name| self.0.get(name).map(String::as_str))
    }
}

/// Credentials and rules must not cross a network in clear text, so http is for this host only.
fn judge(url: &str) -> Result<(), &'static str> {
    let uri: http::Uri = url.parse().map_err(|_| "is not a URL")?;
    let authority = uri.authority().ok_or("is not a URL with a host")?;
    if authority.as_str().contains('@') {
        return Err("must not carry credentials");
    }
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if is_loopback(authority.host()) => Ok(()),
        Some("http") => Err("is plain http, which is accepted for loopback addresses only"),
        _ => Err("is neither https nor http"),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_goes_before_the_service_and_the_service_before_all() {
        let endpoints = Endpoints::from_variables([
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_EC2", "http://127.0.0.1:2"),
            ("XCLOUD_AWS_ENDPOINT_EU_NORTH_1", "http://[::1]:3"),
            ("XCLOUD_AWS_ENDPOINT_GLOBAL", "https://route53.example"),
            ("AWS_SECRET_ACCESS_KEY", "not an endpoint"),
        ])
        .expect("all of them are acceptable");
        assert_eq!(endpoints.resolve(Service::Ec2, "eu-north-1"), Some("http://[::1]:3"));
        assert_eq!(endpoints.resolve(Service::Ec2, "eu-west-1"), Some("http://127.0.0.1:2"));
        assert_eq!(endpoints.resolve(Service::Sts, "eu-west-1"), Some("http://127.0.0.1:1"));
        assert_eq!(endpoints.resolve(Service::Route53, "eu-north-1"), Some("https://route53.example"));
        assert_eq!(Endpoints::default().resolve(Service::Ec2, "eu-north-1"), None);
    }

    #[test]
    fn plain_http_and_credentials_are_refused() {
        let reason =
            |url| Endpoints::from_variables([("AWS_ENDPOINT_URL", url)]).expect_err("the URL must be refused").reason;
        assert!(reason("http://emulator.example:4566").contains("loopback"));
        assert!(reason("http://127.0.0.1.example").contains("loopback"));
        assert!(reason("https://user:secret@aws.example").contains("credentials"));
        assert!(reason("ftp://localhost").contains("neither"));
        assert!(reason("/path").contains("host"));
    }
}
