//! The palette. Colour never says anything alone: a symbol and a word stand beside it.

use anstyle::{AnsiColor, Color, Style};
use xcloud_core::plan::{Action, NoteLevel};

/// A heading.
pub(crate) const HEADING: Style = Style::new().bold();
/// What is there for completeness.
pub(crate) const DIM: Style = Style::new().dimmed();
/// What goes well.
pub(crate) const GOOD: Style = color(AnsiColor::Cyan);
/// What needs a look.
pub(crate) const WARNING: Style = color(AnsiColor::Yellow);
/// What is wrong.
pub(crate) const BAD: Style = color(AnsiColor::Red).bold();
/// What is not known yet.
pub(crate) const LATE: Style = color(AnsiColor::Magenta).italic();

const fn color(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(color)))
}

/// Returns the text in a style.
pub(crate) fn paint(style: Style, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
}

/// Returns the style of an action: blue, yellow, magenta and red stay apart for colour-blind eyes.
pub(crate) fn action(action: Action) -> Style {
    match action {
        Action::Same => DIM,
        Action::Create => color(AnsiColor::Blue).bold(),
        Action::Update => color(AnsiColor::Yellow),
        Action::Replace => color(AnsiColor::Magenta).bold(),
        Action::Delete => BAD,
    }
}

/// Returns the style of a note.
pub(crate) fn note(level: NoteLevel) -> Style {
    match level {
        NoteLevel::Info => DIM,
        NoteLevel::Warning => WARNING,
    }
}
