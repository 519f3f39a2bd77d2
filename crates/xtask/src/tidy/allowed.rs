//! The list of what is allowed although a rule forbids it: `allowed.txt`. It may only become shorter.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Context as _;

/// Something that breaks a rule.
#[derive(Debug)]
pub(super) struct Found {
    /// The rule's name in the list.
    pub(super) rule: &'static str,
    /// What the list counts by: a folder, a file, or a crate and a function.
    pub(super) place: String,
    /// File and line.
    pub(super) at: String,
    /// What is wrong.
    pub(super) text: String,
}

/// One line of the list: so many are allowed there, for this reason.
#[derive(Debug, PartialEq)]
struct Line {
    count: usize,
    reason: String,
}

/// The list by rule and place, with the text that stands above it.
pub(super) struct Allowed {
    head: String,
    lines: BTreeMap<(String, String), Line>,
}

/// What the list says of what was found.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// More than the list allows: must be mended.
    pub(super) broken: Vec<String>,
    /// Less than the list allows: the list can be shortened.
    pub(super) shorter: Vec<String>,
}

impl Allowed {
    /// Reads the list.
    ///
    /// # Errors
    /// If a line is not `rule | place | count | reason`.
    pub(super) fn read(text: &str) -> anyhow::Result<Self> {
        let (mut head, mut lines) = (String::new(), BTreeMap::new());
        for line in text.lines() {
            if line.starts_with('#') || line.is_empty() {
                head.push_str(line);
                head.push('\n');
                continue;
            }
            let parts: Vec<&str> = line.split('|').map(str::trim).collect();
            let [rule, place, count, reason] = parts[..] else {
                anyhow::bail!("allowed.txt: `{line}` is not `rule | place | count | reason`")
            };
            let count = count.parse().with_context(|| format!("allowed.txt: `{line}` has no count"))?;
            anyhow::ensure!(!reason.is_empty(), "allowed.txt: `{line}` gives no reason");
            let line = lines.entry((rule.to_owned(), place.to_owned()));
            // Two who shortened the list at once may have left both their lines: the shorter one counts.
            let line = line.or_insert(Line { count, reason: reason.to_owned() });
            line.count = line.count.min(count);
        }
        Ok(Self { head, lines })
    }

    /// Compares what was found with the list.
    pub(super) fn judge(&self, found: &[Found]) -> Judged {
        let mut judged = Judged::default();
        let counted = counted(found);
        for ((rule, place), here) in &counted {
            let allowed = self.lines.get(&((*rule).to_owned(), (*place).to_owned())).map_or(0, |line| line.count);
            if here.len() > allowed {
                let told: Vec<String> = here.iter().map(|one| format!("\n    {}: {}", one.at, one.text)).collect();
                let many = match allowed {
                    0 => String::new(),
                    _ => format!(" ({} where {allowed} are allowed)", here.len()),
                };
                judged.broken.push(format!("{rule} | {place}{many}: {}{}", advice(rule), told.concat()));
            }
        }
        for ((rule, place), line) in &self.lines {
            let here = counted.get(&(rule.as_str(), place.as_str())).map_or(0, Vec::len);
            if here < line.count {
                judged.shorter.push(format!("{rule} | {place} is allowed {} times and found {here} times", line.count));
            }
        }
        judged
    }

    /// Returns the list as it should be written after something was mended; nothing is added to it.
    pub(super) fn shrunk(&self, found: &[Found]) -> String {
        let counted = counted(found);
        let mut text = self.head.clone();
        for ((rule, place), line) in &self.lines {
            let count = counted.get(&(rule.as_str(), place.as_str())).map_or(0, Vec::len).min(line.count);
            if count > 0 {
                // Writing to a text cannot fail.
                let _ = writeln!(text, "{rule} | {place} | {count} | {}", line.reason);
            }
        }
        text
    }
}

fn counted(found: &[Found]) -> BTreeMap<(&str, &str), Vec<&Found>> {
    let mut counted: BTreeMap<(&str, &str), Vec<&Found>> = BTreeMap::new();
    for one in found {
        counted.entry((one.rule, &one.place)).or_default().push(one);
    }
    counted
}

/// What to do about a broken rule.
fn advice(rule: &str) -> &'static str {
    match rule {
        "circle" => "move what both sides need into a file that needs neither",
        "title-page" => "give it a file beside the title page, and hand its name on",
        "wildcard" => "name every variant, so that the compiler asks about the next one",
        "asked-apart" => "use a `match` that names every variant, or move the question into the kind's own folder",
        "star" => "import the list, and write `List::Variant`",
        "parameters" => "put what belongs together into a struct",
        "fact" => "write the fact with its source into docs/developing/facts, and cite it by its number",
        _ => "see docs/developing/house.md",
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowed, Found};

    const LIST: &str = "# Head.\n\ncircle | a | 2 | today\ncircle | b | 1 | today\nparameters | x f | 1 | a table\n";

    fn found(rule: &'static str, place: &str) -> Found {
        Found { rule, place: place.to_owned(), at: format!("{place}:1"), text: "wrong".to_owned() }
    }

    #[test]
    fn more_than_the_list_allows_is_broken_and_less_makes_it_shorter() {
        let list = Allowed::read(LIST).expect("the list is good");
        let judged =
            list.judge(&[found("circle", "a"), found("circle", "b"), found("circle", "b"), found("title-page", "c")]);
        assert_eq!(judged.broken.len(), 2, "{judged:?}");
        assert!(judged.broken[0].starts_with("circle | b (2 where 1 are allowed): move"), "{judged:?}");
        assert!(judged.broken[1].starts_with("title-page | c: give it a file"), "{judged:?}");
        assert_eq!(
            judged.shorter,
            [
                "circle | a is allowed 2 times and found 1 times",
                "parameters | x f is allowed 1 times and found 0 times"
            ]
        );
    }

    #[test]
    fn shrinking_never_adds() {
        let list = Allowed::read(LIST).expect("the list is good");
        let text =
            list.shrunk(&[found("circle", "a"), found("circle", "b"), found("circle", "b"), found("title-page", "c")]);
        assert_eq!(text, "# Head.\n\ncircle | a | 1 | today\ncircle | b | 1 | today\n");
    }

    #[test]
    fn a_line_without_a_reason_is_refused_and_of_two_the_smaller_counts() {
        assert!(Allowed::read("circle | a | 1 |\n").is_err());
        assert!(Allowed::read("circle | a | 1\n").is_err());
        assert!(Allowed::read("circle | a | x | today\n").is_err());
        let list = Allowed::read("circle | a | 1 | today\ncircle | a | 2 | today\n").expect("the list is good");
        assert_eq!(list.judge(&[found("circle", "a"), found("circle", "a")]).broken.len(), 1);
    }
}
