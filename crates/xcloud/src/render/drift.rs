//! Drift for people and for scripts.

use std::path::Path;

use serde_json::{Value, json};
use xcloud_core::counted::counted;
use xcloud_core::drift::{Class, Finding, Report, Severity};
use xcloud_engine::CallCounts;

use super::json::calls_value;
use super::layout::{Page, columns, wrap};
use super::style::{BAD, DIM, GOOD, HEADING, WARNING, paint};

/// What drift found in one estate, or why it found nothing out.
pub(crate) struct Estate {
    /// The config file.
    pub(crate) file: String,
    /// The product; empty if the config could not be read.
    pub(crate) product: String,
    /// What was found, or why nothing was.
    pub(crate) outcome: Result<Report, String>,
}

impl Estate {
    /// Returns an estate that could not be checked, with the reason.
    pub(crate) fn unchecked(file: &Path, product: &str, why: String) -> Self {
        Self { file: file.display().to_string(), product: product.to_owned(), outcome: Err(why) }
    }

    /// Returns the findings; none if the estate could not be checked.
    pub(crate) fn findings(&self) -> &[Finding] {
        self.outcome.as_ref().map(|report| report.findings.as_slice()).unwrap_or_default()
    }

    /// Returns true if everything was checked and is as declared.
    pub(crate) fn in_sync(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|report| report.findings.is_empty())
    }
}

/// Returns the report of all estates as a page.
pub(crate) fn page(estates: &[Estate], calls: &CallCounts, width: Option<usize>) -> String {
    let mut page = Page::new(width);
    for estate in estates {
        page.gap();
        match &estate.outcome {
            Err(why) => {
                page.line(format!("{} {}", paint(BAD, "not checked"), paint(HEADING, &estate.file)));
                page.paragraph(2, why, BAD);
            }
            Ok(report) => one(&mut page, estate, report),
        }
    }
    if estates.len() > 1 {
        page.gap();
        let of = |test: fn(&Estate) -> bool| estates.iter().filter(|estate| test(estate)).count();
        let failed = of(|estate| estate.outcome.is_err());
        let drifted = of(|estate| !estate.findings().is_empty());
        page.line(format!(
            "{} estates: {} in sync, {drifted} with differences, {failed} not checked",
            estates.len(),
            of(Estate::in_sync)
        ));
    }
    page.line(paint(DIM, &format!("{}, all of them reads", counted(calls.total as usize, "call"))));
    page.text()
}

fn one(page: &mut Page, estate: &Estate, report: &Report) {
    let (words, style) = match report.findings.len() {
        0 => (format!("in sync, {} resources", report.checked), GOOD),
        1 => ("1 difference".to_owned(), WARNING),
        count => (format!("{count} differences"), WARNING),
    };
    let wide = report.findings.iter().filter(|finding| finding.widens_access).count();
    let more = match (wide, report.findings.len()) {
        (0, _) => String::new(),
        (1, 1) => " (widens access)".to_owned(),
        (1, _) => " (1 widens access)".to_owned(),
        (wide, _) => format!(" ({wide} widen access)"),
    };
    page.line(format!(
        "{} {}{}  {}",
        paint(HEADING, &estate.product),
        paint(style, &words),
        paint(BAD, &more),
        paint(DIM, &estate.file)
    ));
    let mut last = None;
    for finding in &report.findings {
        if last != Some(&finding.address) {
            page.gap();
            let id = finding.id.as_deref().unwrap_or_default();
            page.line(format!("  {}  {}", paint(HEADING, &finding.address), paint(DIM, &short_id(id))));
            last = Some(&finding.address);
        }
        told(page, finding);
    }
    if !report.ignored.is_empty() {
        page.gap();
        page.line(paint(DIM, &format!("  ignored: {}", report.ignored.len())));
        for ignored in &report.ignored {
            let finding = &ignored.finding;
            let text =
                format!("{} {} until {}: {}", finding.address, finding.property, ignored.expires, ignored.reason);
            page.paragraph(4, &text, DIM);
        }
    }
    if !report.not_checked.is_empty() {
        page.gap();
        page.line(paint(DIM, "  not checked"));
        report.not_checked.iter().for_each(|what| page.paragraph(4, what, DIM));
    }
}

fn told(page: &mut Page, finding: &Finding) {
    let style = match finding.severity {
        Severity::Critical => BAD,
        Severity::High | Severity::Medium => WARNING,
        Severity::Low => DIM,
    };
    let label = format!("{} {}", symbol(finding.class), finding.class.word());
    page.line(format!(
        "    {}  {}  {}",
        paint(style, &format!("{label:<11}")),
        finding.severity.word(),
        finding.property
    ));
    let difference = difference(finding);
    if !difference.is_empty() {
        page.paragraph(17, &difference, anstyle::Style::new());
    }
    if finding.widens_access {
        let example = finding.example.as_ref().map(|example| format!(": {example}")).unwrap_or_default();
        page.paragraph(17, &format!("widens access beyond what is declared{example}"), BAD);
    }
}

/// Returns what is declared and what is live, in words.
pub(crate) fn difference(finding: &Finding) -> String {
    // A plan shows a rule of a security group by its description.
    let is_rule = finding.property.starts_with("ingress[") || finding.property.starts_with("egress[");
    let noted = |value: &Value| value.as_str().map(|text| format!(" ({text})")).unwrap_or_default();
    match (&finding.expected, &finding.actual) {
        (Value::Null, Value::Null) => String::new(),
        (Value::Null, actual) if is_rule => format!("exists but is not declared{}", noted(actual)),
        (expected, Value::Null) if is_rule => format!("declared but does not exist{}", noted(expected)),
        // A note's sentence, which says itself what is wrong.
        (Value::Null, actual) if matches!(finding.class, Class::Unknown | Class::Changed) => plain(actual),
        (Value::Null, Value::Bool(true)) => "exists but is not declared".to_owned(),
        (Value::Null, actual) => format!("{} exists but is not declared", plain(actual)),
        (Value::Bool(true), Value::Null) => "declared but does not exist".to_owned(),
        (expected, Value::Null) => format!("declared but does not exist: {}", plain(expected)),
        (expected, actual) => format!("declared {}, live {}", plain(expected), plain(actual)),
    }
}

/// Returns a value as people read it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Returns the symbol of a class.
pub(crate) fn symbol(class: Class) -> char {
    match class {
        Class::Changed => '~',
        Class::Missing => '-',
        Class::Unmanaged => '+',
        Class::Orphan => '*',
        Class::Unknown => '?',
    }
}

/// The end of a long id is what tells two apart.
fn short_id(id: &str) -> String {
    if columns(id) <= 60 { wrap(id, usize::MAX).join(" ") } else { format!("...{}", tail(id, 57)) }
}

fn tail(text: &str, count: usize) -> String {
    let skip = columns(text).saturating_sub(count);
    text.chars().skip(skip).collect()
}

/// Returns the report for scripts. The keys of one estate stand at the top; with several, each stands below `estates`
/// too.
pub(crate) fn value(estates: &[Estate], calls: &CallCounts) -> Value {
    let findings: Vec<Value> =
        estates.iter().flat_map(|estate| estate.findings().iter().map(|one| tagged(estate, one))).collect();
    let in_sync = estates.iter().all(Estate::in_sync);
    let each: Vec<Value> = estates
        .iter()
        .map(|estate| match &estate.outcome {
            Err(why) => json!({ "file": estate.file, "product": estate.product, "in_sync": false, "error": why }),
            Ok(report) => json!({
                "file": estate.file,
                "product": estate.product,
                "in_sync": report.findings.is_empty(),
                "checked": report.checked,
                "findings": report.findings,
                "ignored": report.ignored.iter().map(|one| json!({
                    "finding": one.finding, "reason": one.reason, "expires": one.expires,
                })).collect::<Vec<_>>(),
                "not_checked": report.not_checked,
            }),
        })
        .collect();
    json!({ "in_sync": in_sync, "findings": findings, "estates": each, "calls": calls_value(calls) })
}

fn tagged(estate: &Estate, finding: &Finding) -> Value {
    let mut value = json!(finding);
    value["product"] = Value::from(estate.product.clone());
    value
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use xcloud_core::drift::{Class, Finding, Severity};

    use super::difference;

    /// A sentence of a note says itself what is wrong.
    #[test]
    fn only_what_is_unmanaged_is_said_to_exist_undeclared() {
        let finding = |class| Finding {
            address: "hub/eu-north-1/load-balancer/edge".to_owned(),
            kind: "aws/load-balancer".to_owned(),
            region: "eu-north-1".to_owned(),
            property: "ip_address_type".to_owned(),
            expected: Value::Null,
            actual: Value::from("xc-edge is dualstack"),
            class,
            severity: Severity::High,
            widens_access: false,
            example: None,
            id: None,
        };
        assert_eq!(difference(&finding(Class::Changed)), "xc-edge is dualstack");
        assert_eq!(difference(&finding(Class::Unmanaged)), "xc-edge is dualstack exists but is not declared");
    }
}
