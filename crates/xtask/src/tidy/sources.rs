//! What a source file must not hold.

/// The longest file: more is more than one idea.
const LINES: usize = 500;

/// Returns what is wrong with one source file.
pub(super) fn findings(file: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines = text.lines().count();
    if lines > LINES {
        found.push(format!("{file} has {lines} lines, more than {LINES}"));
    }
    if !text.starts_with("//!") && !text.starts_with("#!") {
        found.push(format!("{file} does not begin with a `//!` that says what it is"));
    }
    // Put together here, so that this file does not find itself.
    let forbidden = [
        (["#[", "ignore"].concat(), "a test that is skipped"),
        (["#[", "should_panic"].concat(), "a test that expects a panic"),
        (["todo", "!("].concat(), "something that is not built"),
        (["unimplemented", "!("].concat(), "something that is not built"),
        (["FIX", "ME"].concat(), "an unfinished mark"),
        (["TO", "DO:"].concat(), "an unfinished mark"),
    ];
    for (at, line) in text.lines().enumerate() {
        for (mark, what) in &forbidden {
            if line.contains(mark.as_str()) && !line.contains("issue") {
                found.push(format!("{file}:{}: {what}, and no issue for it", at + 1));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::findings;

    #[test]
    fn what_is_unfinished_or_too_long_is_found() {
        let unfinished = format!("//! A file.\nfn x() {{ {}) }}\n", ["todo", "!("].concat());
        assert_eq!(findings("x.rs", &unfinished), ["x.rs:2: something that is not built, and no issue for it"]);
        let long = format!("//! A file.\n{}", "\n".repeat(500));
        assert_eq!(findings("x.rs", &long), ["x.rs has 501 lines, more than 500"]);
        assert_eq!(findings("x.rs", "//! A file.\n"), Vec::<String>::new());
        assert_eq!(findings("x.rs", "fn main() {}\n").len(), 1);
    }
}
