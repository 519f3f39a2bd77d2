//! A page that a source file or another page names is there.

use std::path::{Component, Path, PathBuf};

/// Returns every page that a file names and that is not in the tree; `files` are those that are.
pub(super) fn findings(file: &str, text: &str, files: &[String]) -> Vec<String> {
    let is_there = |path: &str| files.iter().any(|known| known == path || known.starts_with(&format!("{path}/")));
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let named = if file.ends_with(".md") { links(file, line) } else { pages(line) };
        let dead = named.into_iter().filter(|path| !is_there(path));
        found.extend(dead.map(|path| format!("{file}:{}: {path} is not in the tree", at + 1)));
    }
    found
}

/// Returns the pages below `docs` that a line of a source file names.
fn pages(line: &str) -> Vec<String> {
    let words = line.split(|letter: char| !(letter.is_ascii_alphanumeric() || "/.-_".contains(letter)));
    let pages = words.filter(|word| word.starts_with("docs/") && word.ends_with(".md"));
    pages.map(str::to_owned).collect()
}

/// Returns the files to which a line of a page links, from the root.
fn links(file: &str, line: &str) -> Vec<String> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    let inside = targets.filter(|target| !target.is_empty() && !target.contains(':'));
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    inside.map(|target| plain(&folder.join(target)).to_string_lossy().into_owned()).collect()
}

/// Returns the path without `..` and `.`.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, part| {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(part),
        }
        plain
    })
}

#[cfg(test)]
mod tests {
    use super::findings;

    fn told(file: &str, line: &str) -> Vec<String> {
        findings(file, line, &["docs/a.md".to_owned(), "docs/b/c.md".to_owned(), "README.md".to_owned()])
    }

    #[test]
    fn a_dead_page_is_found_in_a_comment_and_in_a_link() {
        assert_eq!(told("x.rs", "/// See (docs/gone.md)."), ["x.rs:1: docs/gone.md is not in the tree"]);
        assert_eq!(told("docs/b/c.md", "[it](../gone.md#part)"), ["docs/b/c.md:1: docs/gone.md is not in the tree"]);
    }

    #[test]
    fn one_that_is_there_and_one_elsewhere_are_not() {
        let none = Vec::<String>::new();
        assert_eq!(told("x.rs", "/// See docs/a.md, and docs/b/c.md."), none);
        assert_eq!(told("docs/b/c.md", "[a](../a.md#part) [b](../../README.md) [here](#part) [b](.)"), none);
        assert_eq!(told("docs/a.md", "[there](https://example.com/x.md)"), none);
    }
}
