//! Why there is no token: the identity is refused, or who gives tokens falters, which passes.

use azure_core::Error;
use azure_core::error::ErrorKind;

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoToken {
    /// The identity may not have one, or there is no identity: asking again changes nothing.
    Refused(String),
    /// The token endpoint did not answer, or not as it does: nothing was done, and it can be asked again.
    Faltered(String),
}

impl NoToken {
    /// Judges a failure of a credential.
    pub(crate) fn of(error: &Error, advice: &str) -> Self {
        let text = shown(error);
        if chain(error).any(passes) { Self::Faltered(text) } else { Self::Refused(format!("{text}{advice}")) }
    }
}

/// Entra ID refuses an identity with 400 or 401 and says why. The metadata service of a virtual machine asks its clients to
/// repeat 404, 410, 429 and 5xx ("How to use managed identities on an Azure VM to acquire an access token", retry guidance). An
/// answer that is no JSON is a proxy's, or an outage.
fn passes(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::HttpResponse { status, .. } => matches!(u16::from(*status), 404 | 408 | 410 | 429 | 500..),
        ErrorKind::Io | ErrorKind::DataConversion => true,
        _ => false,
    }
}

/// Every failure of azure_core on the way to the first one.
fn chain(error: &Error) -> impl Iterator<Item = &Error> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let current = next?;
        next = std::error::Error::source(current).and_then(|cause| cause.downcast_ref::<Error>());
        Some(current)
    })
}

/// The message, without the link to a troubleshooting guide that `azure_identity` puts behind each, with what the text of an
/// HTTP failure leaves out: its status, or who was asked and why he did not answer.
fn shown(error: &Error) -> String {
    let text = error.to_string();
    let text = text.split("To troubleshoot").next().unwrap_or_default().trim();
    let status = chain(error).find_map(|error| match error.kind() {
        ErrorKind::HttpResponse { status, .. } => Some(u16::from(*status)),
        _ => None,
    });
    let status = status.map(|status| format!(" (HTTP {status})")).unwrap_or_default();
    text.trim_end_matches('.').chars().take(600).collect::<String>() + &status + &transport(error)
}

/// What the transport says under the failures of azure_core: the URL that was asked, and the last cause.
fn transport(error: &Error) -> String {
    let Some(first) = chain(error).last().and_then(std::error::Error::source) else { return String::new() };
    let mut last = first;
    while let Some(cause) = last.source() {
        last = cause;
    }
    let (first, last) = (first.to_string(), last.to_string());
    if first == last { format!(": {first}") } else { format!(": {first}: {last}") }
}

#[cfg(test)]
mod tests {
    use azure_core::http::StatusCode;

    use super::*;

    fn http(status: u16, text: &'static str) -> Error {
        let kind = ErrorKind::HttpResponse { status: StatusCode::from(status), error_code: None, raw_response: None };
        let inner = Error::with_message(kind, text);
        Error::with_error(ErrorKind::Credential, inner, format!("X authentication failed. {text}"))
    }

    #[test]
    fn the_last_cause_is_told() {
        let refused = std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "connection refused");
        let inner = Error::with_error(ErrorKind::Io, refused, "failed to execute `reqwest` request");
        let error = Error::with_error(ErrorKind::Credential, inner, "X authentication failed.");
        let NoToken::Faltered(text) = NoToken::of(&error, "") else { panic!("it passes") };
        assert_eq!(text, "X authentication failed: connection refused");
    }

    #[test]
    fn a_token_endpoint_that_falters_is_not_an_identity_that_is_refused() {
        for status in [404, 408, 410, 429, 500, 503] {
            assert!(matches!(NoToken::of(&http(status, "later"), ""), NoToken::Faltered(_)), "{status}");
        }
        let refused = NoToken::of(&http(401, "AADSTS7000215: Invalid client secret provided."), " (try another)");
        let NoToken::Refused(text) = &refused else { panic!("{refused:?}") };
        assert!(
            text.contains("AADSTS7000215") && text.contains("HTTP 401") && text.ends_with("(try another)"),
            "{text}"
        );
        for kind in [ErrorKind::Io, ErrorKind::DataConversion] {
            let inner = Error::with_message(kind, "expected value at line 1");
            let error = Error::with_error(ErrorKind::Credential, inner, "X authentication failed.");
            assert!(matches!(NoToken::of(&error, ""), NoToken::Faltered(_)));
        }
        let missing = Error::with_message(ErrorKind::Credential, "az not found on PATH");
        assert!(matches!(NoToken::of(&missing, ""), NoToken::Refused(_)));
    }
}
