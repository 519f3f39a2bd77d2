//! Whether an XML answer is whole.
//!
//! The SDK's XML reader ends a list at the first thing that it cannot read (`ScopedDecoder::next_tag` of
//! aws-smithy-xml answers `None`), so a document that was cut off reads as a shorter list: objects would look deleted.

use std::fmt;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Refuses a successful answer whose XML is not whole.
#[derive(Debug)]
pub(crate) struct CompleteAnswers;

/// The answer is not a whole XML document.
#[derive(Debug)]
pub(crate) struct Incomplete;

impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer is not a whole XML document")
    }
}

impl std::error::Error for Incomplete {}

impl Intercept for CompleteAnswers {
    fn name(&self) -> &'static str {
        "CompleteAnswers"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let text = response.body().bytes().and_then(|bytes| std::str::from_utf8(bytes).ok());
        if response.status().is_success() && !text.is_some_and(is_whole) {
            return Err(Incomplete.into());
        }
        Ok(())
    }
}

/// Returns true if the text is one XML element with every inner element closed.
fn is_whole(text: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    let mut elements = 0;
    let mut rest = text.trim();
    while let Some(start) = rest.find('<') {
        if open.is_empty() && !rest[..start].trim().is_empty() {
            return false;
        }
        rest = &rest[start + 1..];
        let Some(end) = tag_end(rest) else { return false };
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        if tag.starts_with('?') || tag.starts_with('!') {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name.trim_end()) {
                return false;
            }
        } else {
            elements += usize::from(open.is_empty());
            if !tag.ends_with('/') {
                open.push(tag.split_whitespace().next().unwrap_or_default());
            }
        }
    }
    open.is_empty() && elements == 1 && rest.trim().is_empty()
}

/// Returns where the tag ends, outside quoted attribute values; comments and CDATA end with their own marks.
fn tag_end(rest: &str) -> Option<usize> {
    for (prefix, mark) in [("!--", "-->"), ("![CDATA[", "]]>")] {
        if rest.starts_with(prefix) {
            return rest.find(mark).map(|at| at + mark.len() - 1);
        }
    }
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "<?xml version=\"1.0\"?>\n<R xmlns='a>b'><set><item><k>a &lt; b</k></item><item/></set>\
                          <!-- > --><![CDATA[<x>]]><t></t></R>\n";

    #[test]
    fn a_whole_document_is_whole() {
        assert!(is_whole(ANSWER));
    }

    #[test]
    fn every_cut_is_seen() {
        let last = ANSWER.trim_end().len();
        for cut in 0..last {
            assert!(!is_whole(&ANSWER[..cut]), "cut at {cut}: {}", &ANSWER[..cut]);
        }
    }

    #[test]
    fn crossed_elements_and_second_roots_are_seen() {
        assert!(!is_whole("<a><b></a></b>"));
        assert!(!is_whole("<a/><b/>"));
        assert!(!is_whole("<a></a>tail"));
        assert!(!is_whole(""));
    }
}
