//! Everything that is wrong with the input, each with file, line, column, a caret and a hint.

use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet, renderer::DecorStyle};
use xcloud_core::code::ProblemCode;
use xcloud_core::config::holds_secret;
use xcloud_core::counted::counted;
use xcloud_core::diag::{Diagnostic, Diagnostics, Severity, Span};

/// Returns all diagnostics as text. `source` is the text of the file that the spans are about.
pub(crate) fn text(diagnostics: &Diagnostics, source: &str, width: usize) -> String {
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii).term_width(width);
    let mut parts: Vec<String> = diagnostics.0.iter().map(|diagnostic| one(diagnostic, source, &renderer)).collect();
    parts.push(tally(diagnostics));
    parts.join("\n\n") + "\n"
}

fn one(diagnostic: &Diagnostic, source: &str, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(visible(&diagnostic.message)).id(diagnostic.code.to_string());
    let place = diagnostic.span.as_ref().and_then(|span| place(diagnostic, span, source));
    let hint = diagnostic.hint.as_deref().map(|hint| Level::HELP.with_name("hint").message(visible(hint)));
    let elements = place.into_iter().chain(hint.map(Into::into));
    renderer.render(&[title.elements(elements)])
}

/// A span outside the text (a file that changed while it was read) loses its picture, not its message. A line that
/// holds what looks like a secret is named and not shown: this goes to logs and tickets.
fn place<'a>(diagnostic: &Diagnostic, span: &'a Span, source: &'a str) -> Option<Element<'a>> {
    source.get(span.start..span.end)?;
    if diagnostic.code == ProblemCode::Secret || lines(span, source).any(holds_secret) {
        return Some(Origin::path(span.file.as_str()).line(span.line).char_column(span.column).into());
    }
    let annotation = AnnotationKind::Primary.span(span.start..span.end);
    Some(Snippet::source(source).path(span.file.as_str()).annotation(annotation).into())
}

/// The whole lines in which a span lies, with their neighbours.
fn lines<'a>(span: &Span, source: &'a str) -> impl Iterator<Item = &'a str> {
    let first = source[..span.start].matches('\n').count();
    let last = first + source[span.start..span.end].matches('\n').count();
    source.lines().skip(first.saturating_sub(1)).take(last + 2 - first.saturating_sub(1))
}

fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '?' } else { c }).collect()
}

/// Returns how many problems there are.
pub(crate) fn tally(diagnostics: &Diagnostics) -> String {
    let errors = diagnostics.0.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    let warnings = diagnostics.0.len() - errors;
    match (errors, warnings) {
        (0, warnings) => counted(warnings, "warning"),
        (errors, 0) => counted(errors, "error"),
        (errors, warnings) => format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")),
    }
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use xcloud_core::code::ProblemCode;
    use xcloud_core::diag::{Diagnostics, Span};

    use super::text;

    #[test]
    fn every_problem_has_its_place_a_caret_and_a_hint() {
        let source = "product: open-api\nclients: [10.1.2.3/16]\n";
        let at = |text: &str, line, column| {
            let start = source.find(text).expect("the text is there");
            Some(Span { file: "xcloud.yaml".to_owned(), line, column, start, end: start + text.len() })
        };
        let mut diagnostics = Diagnostics::default();
        diagnostics.error(
            at("10.1.2.3/16", 2, 11),
            ProblemCode::CidrNotCanonical,
            "10.1.2.3/16 has bits after its prefix",
            Some("write 10.1.0.0/16".to_owned()),
        );
        diagnostics.warning(at("open-api", 1, 10), ProblemCode::NothingDeclared, "a warning", None);
        diagnostics.error(None, ProblemCode::Cycle, "a problem without a place\u{1b}[2J", None);
        let shown = strip_str(&text(&diagnostics, source, 100)).to_string();
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn a_line_that_holds_a_secret_is_named_and_not_shown() {
        let source = "product: x\nhub: {client_secret: hunter2, vpc: y}\nowner: team\n";
        let at = |text: &str, line, column| {
            let start = source.find(text).expect("the text is there");
            Some(Span { file: "xcloud.yaml".to_owned(), line, column, start, end: start + text.len() })
        };
        let mut diagnostics = Diagnostics::default();
        diagnostics.error(
            at("client_secret", 2, 7),
            ProblemCode::Secret,
            "`client_secret` is named like a secret",
            None,
        );
        diagnostics.error(at("vpc: y", 2, 31), ProblemCode::UnknownKey, "there is no `vpc` here", None);
        let shown = strip_str(&text(&diagnostics, source, 100)).to_string();
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("xcloud.yaml:2:7") && shown.contains("xcloud.yaml:2:31"), "{shown}");
    }

    #[test]
    fn a_span_outside_the_text_keeps_its_message() {
        let mut diagnostics = Diagnostics::default();
        let span = Span { file: "x".to_owned(), line: 9, column: 9, start: 500, end: 510 };
        diagnostics.error(Some(span), ProblemCode::UnknownKey, "the message", None);
        assert!(text(&diagnostics, "short", 80).contains("the message"));
    }
}
