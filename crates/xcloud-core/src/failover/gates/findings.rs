//! What one gate has found, until it is put in one line.

use super::{Gate, GateName, Light};

/// What one gate has found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    found: Vec<(Light, String, String)>,
    notes: Vec<String>,
}

impl Findings {
    /// Adds something that is not as it should be, and what to do about it (may be empty). The same thing found twice
    /// is one.
    pub(super) fn add(&mut self, light: Light, text: impl Into<String>, hint: &str) {
        let finding = (light, text.into(), hint.to_owned());
        if !self.found.contains(&finding) {
            self.found.push(finding);
        }
    }

    /// Adds a line to the details that says nothing bad.
    pub(super) fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Returns the worst light so far.
    pub(super) fn light(&self) -> Light {
        self.found.iter().map(|(light, ..)| *light).max().unwrap_or(Light::Ok)
    }

    /// Returns the gate: its line is the first of the worst findings, or `good` if there is none.
    pub(super) fn gate(self, name: GateName, good: String) -> Gate {
        let light = self.light();
        let worst: Vec<&String> = self.found.iter().filter(|one| one.0 == light).map(|(_, text, _)| text).collect();
        let text = match worst.as_slice() {
            [] => good,
            [only] => (*only).clone(),
            [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
        };
        self.gate_saying(name, text)
    }

    /// Returns the gate with this line.
    pub(super) fn gate_saying(self, name: GateName, text: String) -> Gate {
        let light = self.light();
        let mut found = self.found;
        found.sort_by_key(|(light, ..)| std::cmp::Reverse(*light));
        let line =
            |(_, text, hint): (Light, String, String)| if hint.is_empty() { text } else { format!("{text}: {hint}") };
        let details = found.into_iter().map(line).chain(self.notes).collect();
        Gate { name, light, text, details }
    }
}
