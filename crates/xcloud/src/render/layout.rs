//! Two columns, wrapped: labels to the left, text with a hanging indent to the right.

use anstyle::Style;

use super::style::paint;

/// The narrowest and the widest page.
const WIDTHS: std::ops::RangeInclusive<usize> = 80..=140;
/// The page where the output is no terminal.
const PLAIN_WIDTH: usize = 120;

/// A page in the making.
#[derive(Debug)]
pub(crate) struct Page {
    width: usize,
    lines: Vec<String>,
}

impl Page {
    /// Returns an empty page for a terminal of so many columns; `None`: no terminal.
    pub(crate) fn new(columns: Option<usize>) -> Self {
        let width = columns.map_or(PLAIN_WIDTH, |columns| columns.clamp(*WIDTHS.start(), *WIDTHS.end()));
        Self { width, lines: Vec::new() }
    }

    /// Returns the columns of the page.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Adds a line as it is.
    pub(crate) fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// Adds an empty line before the next section.
    pub(crate) fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
    }

    /// Adds `label  text` at an indent, the text wrapped under itself; a text with a word too
    /// wide for its column stands below. The label column is `label_width` wide.
    pub(crate) fn pair(&mut self, indent: usize, label_width: usize, label: &str, text: &str, style: Style) {
        let label = pad(label, label_width);
        let column = indent + columns(&label) + 2;
        let longest = text.split([' ', '\n']).map(columns).max().unwrap_or_default();
        if column + longest > self.width {
            self.lines.push(format!("{:indent$}{label}", ""));
            return self.paragraph(indent + 4, text, style);
        }
        for (at, line) in wrap(text, self.width.saturating_sub(column).max(30)).iter().enumerate() {
            let lead = if at == 0 { format!("{:indent$}{label}  ", "") } else { " ".repeat(column) };
            self.lines.push(format!("{lead}{}", paint(style, line)));
        }
    }

    /// Adds a text at an indent, wrapped under itself.
    pub(crate) fn paragraph(&mut self, indent: usize, text: &str, style: Style) {
        for line in wrap(text, self.width.saturating_sub(indent).max(30)) {
            self.lines.push(format!("{:indent$}{}", "", paint(style, &line)));
        }
    }

    /// Returns the text of the page.
    pub(crate) fn text(mut self) -> String {
        while self.lines.last().is_some_and(String::is_empty) {
            self.lines.pop();
        }
        let mut text = String::new();
        for line in self.lines {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// Returns the columns that a text takes.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// Returns the text, padded with spaces to a width.
pub(crate) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// Breaks a text at spaces so that no line is wider than `width`, except for a single longer word. Control
/// characters (a tag of a stranger may hold some) are shown as `?`, so that no text can move the cursor.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let clean: String = text.chars().map(|c| if c.is_control() && c != '\n' { '?' } else { c }).collect();
    let mut lines = Vec::new();
    for paragraph in clean.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && columns(&line) + 1 + columns(word) > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Page, wrap};

    #[test]
    fn lines_break_at_spaces_and_long_words_stay_whole() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("arn:aws:iam::200000000003:root x", 5), ["arn:aws:iam::200000000003:root", "x"]);
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(wrap("a\u{1b}[2Jb", 80), ["a?[2Jb"]);
    }

    #[test]
    fn pages_are_between_80_and_140_columns() {
        assert_eq!(Page::new(Some(20)).width(), 80);
        assert_eq!(Page::new(Some(400)).width(), 140);
        assert_eq!(Page::new(None).width(), 120);
    }
}
