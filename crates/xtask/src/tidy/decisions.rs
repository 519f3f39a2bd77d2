//! The decision records are numbered without a gap and without a double.

/// Returns what is wrong with the numbers of `docs/adr`.
pub(super) fn findings(files: &[String]) -> Vec<String> {
    let mut names: Vec<&str> = files.iter().filter_map(|file| file.strip_prefix("docs/adr/")).collect();
    names.sort_unstable();
    let mut found = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let expected = format!("{:04}-", at + 1);
        if !name.starts_with(&expected) || !name.ends_with(".md") {
            found.push(format!("docs/adr/{name} should be number {}", &expected[..4]));
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::findings;

    #[test]
    fn a_gap_and_a_double_are_found() {
        let files = |names: &[&str]| names.iter().map(|name| format!("docs/adr/{name}")).collect::<Vec<_>>();
        assert_eq!(findings(&files(&["0001-a.md", "0002-b.md"])), Vec::<String>::new());
        assert_eq!(findings(&files(&["0001-a.md", "0003-b.md"])), ["docs/adr/0003-b.md should be number 0002"]);
        assert_eq!(findings(&files(&["0001-a.md", "0001-b.md"])), ["docs/adr/0001-b.md should be number 0002"]);
    }
}
