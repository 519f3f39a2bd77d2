//! What a comment gives as its source stands in `docs/developing/facts`.

use std::collections::BTreeSet;

use super::allowed::Found;

/// The clouds that have a page of facts.
const CLOUDS: [&str; 2] = ["aws", "azure"];

/// Returns where the facts of a cloud stand.
pub(super) fn page(cloud: &str) -> String {
    format!("docs/developing/facts/{cloud}.md")
}

/// Returns the facts of both clouds as they are cited (`aws 2.1`), one for each numbered heading.
pub(super) fn headings(read: &dyn Fn(&str) -> Option<String>) -> BTreeSet<String> {
    let of = |cloud: &str| -> Vec<String> {
        let text = read(&page(cloud)).unwrap_or_default();
        let numbers = text.lines().filter_map(|line| line.strip_prefix("## ")?.split(' ').next());
        numbers.map(|number| format!("{cloud} {number}")).collect()
    };
    CLOUDS.into_iter().flat_map(of).collect()
}

/// Returns every citation in a file that leads nowhere.
pub(super) fn findings(file: &str, text: &str, headings: &BTreeSet<String>) -> Vec<Found> {
    // Put together here, so that this file does not find itself.
    let word = ["fa", "cts"].concat();
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("//")) {
        let mut tell = |text: String| {
            let place = file.split('/').take(2).collect::<Vec<_>>().join("/");
            found.push(Found { rule: "fact", place, at: format!("{file}:{}", at + 1), text });
        };
        for after in line.split(&format!("{word}/")).skip(1) {
            let mut words = after.split(' ');
            let (cloud, number) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let number = number.trim_end_matches(|end: char| !end.is_ascii_digit());
            if CLOUDS.contains(&cloud) && !headings.contains(&format!("{cloud} {number}")) {
                tell(format!("{} has no heading {number:?}", page(cloud)));
            }
        }
        if line.contains(&format!("({word}: ")) || line.contains(&format!("({word} on ")) {
            tell("a source is cited without the number of its heading".to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{findings, headings};

    fn told(line: &str) -> Vec<String> {
        let page = |file: &str| file.ends_with("aws.md").then(|| "# AWS\n\n## 2.1 States\n\nText.\n".to_owned());
        let text = line.replace("FACTS", &["fa", "cts"].concat());
        findings("crates/x/src/a.rs", &text, &headings(&page)).into_iter().map(|found| found.text).collect()
    }

    #[test]
    fn a_citation_without_a_heading_is_found() {
        assert_eq!(told("/// Long (FACTS/aws 2.2)."), ["docs/developing/facts/aws.md has no heading \"2.2\""]);
        assert_eq!(
            told("// Long (FACTS/azure 2.1: minutes)."),
            ["docs/developing/facts/azure.md has no heading \"2.1\""]
        );
        assert_eq!(told("/// Long (FACTS: minutes)."), ["a source is cited without the number of its heading"]);
        assert_eq!(told("/// Long (FACTS on deletion)."), ["a source is cited without the number of its heading"]);
    }

    #[test]
    fn a_citation_with_one_is_not() {
        assert_eq!(told("/// Long (FACTS/aws 2.1)."), Vec::<String>::new());
        assert_eq!(told("//! Long (states: FACTS/aws 2.1, and more)."), Vec::<String>::new());
        assert_eq!(told("let x = \"(FACTS: no comment)\";"), Vec::<String>::new());
    }
}
