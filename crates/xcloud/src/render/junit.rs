//! Drift as JUnit XML: each estate is a suite, each finding a failed test, and an estate in sync one that passed.

use std::fmt::Write as _;

use xcloud_core::drift::{Class, Finding};

use super::drift::{Estate, difference};

/// Returns the report of all estates.
pub(crate) fn report(estates: &[Estate]) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"xcloud drift\">\n");
    for estate in estates {
        suite(&mut text, estate);
    }
    text.push_str("</testsuites>\n");
    text
}

fn suite(text: &mut String, estate: &Estate) {
    let name = if estate.product.is_empty() { &estate.file } else { &estate.product };
    let (findings, ignored) = match &estate.outcome {
        Ok(report) => (report.findings.as_slice(), report.ignored.as_slice()),
        Err(_) => (&[][..], &[][..]),
    };
    let errors = findings.iter().filter(|finding| is_error(finding)).count() + usize::from(estate.outcome.is_err());
    let tests = (findings.len() + ignored.len() + usize::from(estate.outcome.is_err())).max(1);
    let failures = findings.iter().filter(|finding| !is_error(finding)).count();
    let _written = writeln!(
        text,
        "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{}\">",
        escape(name),
        ignored.len()
    );
    if let Err(why) = &estate.outcome {
        case(text, name, &estate.file, &format!("<error message=\"{}\"/>", escape(why)));
    } else if findings.is_empty() && ignored.is_empty() {
        case(text, name, "in sync", "");
    }
    for finding in findings {
        let tag = if is_error(finding) { "error" } else { "failure" };
        let lets_in = finding.example.as_ref().map(|example| format!("; lets in {example}")).unwrap_or_default();
        let message =
            format!("{} ({}): {}{lets_in}", finding.class.word(), finding.severity.word(), difference(finding));
        let inside = format!("<{tag} type=\"{}\" message=\"{}\"/>", finding.class.word(), escape(&message));
        case(text, &finding.address, &finding.property, &inside);
    }
    for one in ignored {
        let message = format!("{} (until {})", one.reason, one.expires);
        case(
            text,
            &one.finding.address,
            &one.finding.property,
            &format!("<skipped message=\"{}\"/>", escape(&message)),
        );
    }
    text.push_str("  </testsuite>\n");
}

fn is_error(finding: &Finding) -> bool {
    finding.class == Class::Unknown
}

fn case(text: &mut String, class: &str, name: &str, inside: &str) {
    let _written =
        writeln!(text, "    <testcase classname=\"{}\" name=\"{}\">{inside}</testcase>", escape(class), escape(name));
}

/// Characters that XML 1.0 cannot hold at all become `?`.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('?'),
            c => out.push(c),
        }
    }
    out
}
