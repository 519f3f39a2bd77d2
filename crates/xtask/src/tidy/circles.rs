//! Files of one folder that need each other in a circle cannot be read one after the other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::allowed::Found;
use super::tree::{Crate, Module, Names};

/// Who needs whom within one folder, with one place for each that shows it.
type Needs = BTreeMap<String, BTreeMap<String, String>>;

/// Returns every file and folder that stands in a circle with its siblings.
pub(super) fn findings(tree: &Crate) -> Vec<Found> {
    let mut found = Vec::new();
    for (folder, needs) in &by_folder(tree) {
        let place = [std::slice::from_ref(&tree.folder), folder.as_slice()].concat().join("/");
        for circle in circles(needs) {
            let shown = shortest(needs, &circle);
            let all: Vec<&str> = circle.iter().map(String::as_str).collect();
            for (at, one) in circle.iter().enumerate() {
                let text = match at {
                    0 => format!("{} need each other: {shown}", all.join(", ")),
                    _ => format!("{one} too"),
                };
                found.push(Found { rule: "circle", place: place.clone(), at: format!("{place}/{one}"), text });
            }
        }
    }
    found
}

/// Returns the number of circles.
pub(super) fn count(tree: &Crate) -> usize {
    by_folder(tree).values().map(|needs| circles(needs).len()).sum()
}

/// Returns every arrow within a circle, with one place that shows it.
pub(super) fn arrows(tree: &Crate) -> Vec<String> {
    let mut arrows = Vec::new();
    for needs in by_folder(tree).values() {
        for circle in circles(needs) {
            for (from, to) in needs.iter().filter(|(from, _)| circle.contains(*from)) {
                let to = to.iter().filter(|(to, _)| circle.contains(*to));
                arrows.extend(to.map(|(to, seen)| format!("{from} -> {to}: {seen}")));
            }
        }
    }
    arrows
}

fn by_folder(tree: &Crate) -> BTreeMap<Names, Needs> {
    let mut folders: BTreeMap<Names, Needs> = BTreeMap::new();
    for (path, module) in &tree.modules {
        for (mention, line) in &module.mentions {
            let Some(target) = resolved(tree, path, mention, 0) else { continue };
            let common = path.iter().zip(&target).take_while(|(a, b)| a == b).count();
            if common < path.len() && common < target.len() {
                let seen = format!("{}:{line} names {}", module.file, mention.join("::"));
                let needs = folders.entry(path[..common].to_vec()).or_default();
                needs.entry(path[common].clone()).or_default().entry(target[common].clone()).or_insert(seen);
            }
        }
    }
    folders
}

/// Returns the module in which stands what a path means, seen from a module.
fn resolved(tree: &Crate, from: &Names, path: &[String], depth: usize) -> Option<Names> {
    let (first, rest) = path.split_first()?;
    let module = tree.modules.get(from)?;
    let start = match first.as_str() {
        "crate" => Names::new(),
        "self" => from.clone(),
        "super" => from[..from.len().checked_sub(1)?].to_vec(),
        name => return named(tree, from, module, name, rest, depth),
    };
    within(tree, start, rest, depth)
}

/// Follows the names of a path down from a module.
fn within(tree: &Crate, at: Names, path: &[String], depth: usize) -> Option<Names> {
    let Some((first, rest)) = path.split_first() else { return Some(at) };
    if first == "super" {
        return within(tree, at[..at.len().checked_sub(1)?].to_vec(), rest, depth);
    }
    let module = tree.modules.get(&at)?;
    named(tree, &at, module, first, rest, depth).or(Some(at))
}

/// Follows one name: a module of this one, something imported here, or something behind a star.
fn named(tree: &Crate, at: &Names, module: &Module, name: &str, rest: &[String], depth: usize) -> Option<Names> {
    // Two modules may import each other's names with stars.
    if depth > 16 {
        return None;
    }
    if module.children.contains(name) {
        return within(tree, [at.as_slice(), &[name.to_owned()]].concat(), rest, depth);
    }
    if module.items.contains(name) {
        return Some(at.clone());
    }
    if let Some(import) = module.imports.get(name).filter(|import| import.as_slice() != [name.to_owned()]) {
        return resolved(tree, at, &[import.as_slice(), rest].concat(), depth + 1);
    }
    module.globs.iter().find_map(|glob| {
        let target = resolved(tree, at, glob, depth + 1)?;
        let module = tree.modules.get(&target)?;
        named(tree, &target, module, name, rest, depth + 1)
    })
}

/// Returns the sets of siblings in which each needs each, by way of others or at once (Tarjan's components).
fn circles(needs: &Needs) -> Vec<BTreeSet<String>> {
    let reach: BTreeMap<&String, BTreeSet<&String>> = needs.keys().map(|one| (one, reached(needs, one))).collect();
    let mut circles: BTreeSet<BTreeSet<String>> = BTreeSet::new();
    for (one, others) in &reach {
        let circle: BTreeSet<String> = others
            .iter()
            .filter(|other| reach.get(*other).is_some_and(|back| back.contains(one)))
            .map(|other| (*other).clone())
            .collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

fn reached<'a>(needs: &'a Needs, from: &'a String) -> BTreeSet<&'a String> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(one) = open.pop() {
        open.extend(needs.get(one).into_iter().flat_map(BTreeMap::keys).filter(|next| seen.insert(*next)));
    }
    seen
}

/// Returns the shortest way round in words.
fn shortest(needs: &Needs, circle: &BTreeSet<String>) -> String {
    let ways = circle.iter().filter_map(|start| round(needs, circle, start));
    let Some(way) = ways.min_by_key(Vec::len) else { return String::new() };
    let steps = way.windows(2).map(|pair| format!("{} -> {} ({})", pair[0], pair[1], needs[&pair[0]][&pair[1]]));
    steps.collect::<Vec<_>>().join(", ")
}

fn round(needs: &Needs, circle: &BTreeSet<String>, start: &String) -> Option<Names> {
    let mut open = VecDeque::from([vec![start.clone()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = open.pop_front() {
        for next in needs.get(way.last()?).into_iter().flat_map(BTreeMap::keys).filter(|next| circle.contains(*next)) {
            let longer = [way.as_slice(), std::slice::from_ref(next)].concat();
            if next == start {
                return Some(longer);
            }
            if seen.insert(next) {
                open.push_back(longer);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tree::of;
    use super::{count, findings};

    fn told(files: &[(&str, &str)]) -> Vec<String> {
        findings(&of(files)).into_iter().map(|found| format!("{}: {}", found.place, found.text)).collect()
    }

    #[test]
    fn two_files_that_import_each_other_are_found() {
        let files = [
            ("x/src/lib.rs", "mod a;\nmod b;\nmod c;"),
            ("x/src/a.rs", "use crate::b::B;\npub struct A;"),
            ("x/src/b.rs", "pub struct B;\nfn f() { super::a::g(); }"),
            ("x/src/c.rs", "use crate::a::A;"),
        ];
        assert_eq!(
            told(&files),
            [
                "x/src: a, b need each other: a -> b (x/src/a.rs:1 names crate::b::B), b -> a (x/src/b.rs:2 names super::a::g)",
                "x/src: b too",
            ]
        );
        assert_eq!(count(&of(&files)), 1);
    }

    #[test]
    fn files_that_only_share_a_third_are_not() {
        let files = [
            ("x/src/lib.rs", "mod a;\nmod b;\nmod c;"),
            ("x/src/a.rs", "use crate::c::C;"),
            ("x/src/b.rs", "use crate::{a, c::C};\n#[cfg(test)]\nmod tests {}"),
            ("x/src/c.rs", "pub struct C;\n#[cfg(test)]\nmod tests { use crate::a; }"),
        ];
        assert_eq!(told(&files), Vec::<String>::new());
    }

    #[test]
    fn a_name_that_a_title_page_hands_on_counts_for_the_file_that_it_comes_from() {
        let files = [
            ("x/src/lib.rs", "mod f;\npub use f::A;"),
            ("x/src/f/mod.rs", "mod a;\nmod b;\npub use a::A;\nuse b::*;"),
            ("x/src/f/a.rs", "use super::b;\npub struct A;"),
            ("x/src/f/b.rs", "fn f(a: crate::A) { vec![super::A::new()]; }"),
        ];
        assert_eq!(told(&files).len(), 2);
        assert!(told(&files)[0].starts_with("x/src/f: a, b need each other"), "{:?}", told(&files));
    }

    #[test]
    fn folders_are_siblings_too() {
        let files = [
            ("x/src/lib.rs", "mod a;\nmod b;"),
            ("x/src/a/mod.rs", "mod one;\nmod two;"),
            ("x/src/a/one.rs", "use crate::b::B;"),
            ("x/src/a/two.rs", "pub struct Two;"),
            ("x/src/b.rs", "pub struct B(crate::a::two::Two);"),
        ];
        assert!(told(&files)[0].starts_with("x/src: a, b need each other"));
    }
}
