//! The corpus of bad files: every file is refused, and says all that is wrong with it.

use std::fmt::Write as _;

use xcloud_core::code::ProblemCode;
use xcloud_core::config::load;
use xcloud_core::diag::{Diagnostics, Severity};

use crate::{golden, read, root};

/// Diagnostics as lines: where, how serious, code, message, the text under the caret, the hint.
fn rendered(text: &str, diagnostics: &Diagnostics) -> String {
    let mut out = String::new();
    for diagnostic in &diagnostics.0 {
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let span = diagnostic.span.as_ref().expect("every diagnostic has a place");
        let _ = writeln!(out, "{}:{}:{} {severity} {}", span.file, span.line, span.column, diagnostic.code);
        let _ = writeln!(out, "  {}", diagnostic.message);
        if diagnostic.code != ProblemCode::Secret {
            let under = text.get(span.start..span.end).unwrap_or_default();
            let _ = writeln!(out, "  at `{}`", under.lines().next().unwrap_or_default());
        }
        if let Some(hint) = &diagnostic.hint {
            let _ = writeln!(out, "  hint: {hint}");
        }
    }
    out
}

#[test]
fn every_bad_file_is_refused_with_its_reasons() {
    let folder = root().join("tests/bad-config");
    let mut files: Vec<String> = std::fs::read_dir(&folder)
        .expect("the corpus")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    files.sort();
    assert!(files.len() >= 60, "the corpus has {} files", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let text = read(&format!("tests/bad-config/{file}"));
        let (desired, diagnostics) = load(&file, &text);
        if desired.is_some() || !diagnostics.has_errors() {
            wrong.push(format!("{file} is not refused"));
            continue;
        }
        let expected = format!("tests/bad-config/{}", file.replace(".yaml", ".expected"));
        golden(&expected, &rendered(&text, &diagnostics));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is under the caret of a message is on the line and in the column that it names.
#[test]
fn lines_and_columns_agree_with_bytes() {
    let text =
        read("config/open-api.yaml").replace("10.12.0.0/20", "10.12.0.9/20").replace("# names and tags", "# навн æøå");
    let (_, diagnostics) = load("f", &text);
    let span = diagnostics.0.first().and_then(|diagnostic| diagnostic.span.as_ref()).expect("a place");
    assert_eq!(&text[span.start..span.end], "10.12.0.9/20");
    let line = text[..span.start].matches('\n').count() + 1;
    let column = text[..span.start].chars().rev().take_while(|c| *c != '\n').count() + 1;
    assert_eq!((span.line, span.column), (line, column));
}
