//! Plans and drift for a pull request or a ticket.

use std::fmt::Write as _;

use serde_json::Value;
use xcloud_core::counted::counted;
use xcloud_core::plan::{Action, NoteLevel, Plan};

use super::drift::{Estate, difference, symbol};
use super::plan::waits_line;

/// Returns a plan.
pub(crate) fn plan(plan: &Plan) -> String {
    let summary = plan.summary();
    let mut text = format!("### xcloud plan: {}\n\n", cell(&plan.product));
    if plan.is_empty() && plan.unknown.is_empty() {
        text.push_str("No changes: the clouds are as the config says.\n");
        return text;
    }
    let _written = writeln!(
        text,
        "**{} to create, {} to update, {} to replace, {} to delete**, {} unchanged, {}.\n",
        summary.create,
        summary.update,
        summary.replace,
        summary.delete,
        summary.unchanged,
        counted(plan.steps.len(), "call")
    );
    if let Some(waits) = waits_line(plan.waits()) {
        let _written = writeln!(text, "Waits {waits}.\n");
    }
    text.push_str("| | resource | property | before | after |\n|---|---|---|---|---|\n");
    for change in plan.changes.iter().filter(|change| change.action != Action::Same) {
        let what = format!("{} {}", change.action.symbol(), change.action.word());
        if change.action == Action::Create || change.fields.is_empty() {
            row(&mut text, &[&what, &code(change.addr.as_str()), "", "", ""]);
            continue;
        }
        for field in &change.fields {
            let cells = [
                what.as_str(),
                &code(change.addr.as_str()),
                &code(&field.path.to_string()),
                &shown(&field.before),
                &shown(&field.after),
            ];
            row(&mut text, &cells);
        }
    }
    let impossible: Vec<_> = plan.steps.iter().filter(|step| !step.undo.is_reversible()).collect();
    if !impossible.is_empty() {
        text.push_str("\nCalls that cannot be undone:\n\n");
        for step in impossible {
            let _written =
                writeln!(text, "- {} {}: {}", code(step.op.name()), code(step.addr.as_str()), cell(&step.undo.word()));
        }
    }
    let warnings: Vec<_> = plan.notes.iter().filter(|note| note.level == NoteLevel::Warning).collect();
    if !warnings.is_empty() {
        text.push_str("\nWarnings:\n\n");
        for note in warnings {
            let addr = note.addr.as_ref().map(|addr| format!("{}: ", code(addr.as_str()))).unwrap_or_default();
            let _written = writeln!(text, "- {addr}{}", cell(&note.text));
        }
    }
    text
}

/// Returns the drift of all estates.
pub(crate) fn drift(estates: &[Estate]) -> String {
    let mut text = String::from("### xcloud drift\n");
    for estate in estates {
        match &estate.outcome {
            Err(why) => {
                let _written = writeln!(text, "\n**{}** was not checked: {}", cell(&estate.file), cell(why));
            }
            Ok(report) if report.findings.is_empty() => {
                let _written =
                    writeln!(text, "\n**{}** is in sync ({} resources).", cell(&estate.product), report.checked);
            }
            Ok(report) => {
                let wide = report.findings.iter().filter(|finding| finding.widens_access).count();
                let more = if wide > 0 { format!(", **{wide} widen access**") } else { String::new() };
                let _written =
                    writeln!(text, "\n**{}**: {} differences{more}\n", cell(&estate.product), report.findings.len());
                text.push_str("| | severity | resource | property | difference |\n|---|---|---|---|---|\n");
                for finding in &report.findings {
                    let what = format!("{} {}", symbol(finding.class), finding.class.word());
                    let example = finding
                        .example
                        .as_ref()
                        .map(|example| format!(" lets in {}", code(example)))
                        .unwrap_or_default();
                    let told = format!("{}{example}", cell(&difference(finding)));
                    row(
                        &mut text,
                        &[&what, finding.severity.word(), &code(&finding.address), &code(&finding.property), &told],
                    );
                }
            }
        }
    }
    text
}

fn row(text: &mut String, cells: &[&str]) {
    let _written = writeln!(text, "| {} |", cells.join(" | "));
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => code(text),
        other => code(&other.to_string()),
    }
}

/// Text of a cloud or a config must not end a cell or a code span, or start a tag.
fn code(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() || c == '`' { '\'' } else { c }).collect();
    format!("`{}`", clean.replace('|', "\\|"))
}

fn cell(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '|' | '*' | '_' | '[' | ']' | '`' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{cell, code};

    #[test]
    fn text_of_others_stays_in_its_cell() {
        assert_eq!(cell("a|b\n<script>*"), "a\\|b &lt;script>\\*");
        assert_eq!(code("a`|b\n"), "`a'\\|b'`");
    }
}
