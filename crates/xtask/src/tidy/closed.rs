//! The closed lists, and where a pattern speaks of one.

use std::collections::BTreeSet;

use syn::punctuated::Punctuated;
use syn::{Item, Pat, Path};

use super::tree::Crate;

/// What xcloud knows of once and for all; a variant more must be thought of everywhere.
const CLOSED: [&str; 10] =
    ["Spec", "AwsSpec", "AzureSpec", "SpecOf", "Kind", "AwsOp", "AzureOp", "Condition", "Place", "Cloud"];

/// Where the calls to the clouds are, below the core's root.
const CALLS: [&str; 2] = ["op/aws", "op/azure"];

/// Where in a pattern: through which constructors and fields one comes there.
pub(super) type Position = Vec<String>;

/// The names of the closed lists.
pub(super) struct Closed(BTreeSet<String>);

impl Closed {
    /// Returns the closed lists of the core, with the calls of each kind: the enums `...Op` of the rooms of the clouds.
    pub(super) fn of(core: &Crate) -> Self {
        let rooms = CALLS.map(|room| format!("{}/{room}/", core.folder));
        let calls = core.files.iter().filter(|(file, _)| rooms.iter().any(|room| file.starts_with(room)));
        let enums = calls.flat_map(|(_, file)| &file.items).filter_map(an_enum);
        let calls = enums.map(|one| one.ident.to_string()).filter(|name| name.ends_with("Op"));
        Self(CLOSED.iter().map(|name| (*name).to_owned()).chain(calls).collect())
    }

    /// Returns the list of which this is a variant: `Spec` for `Spec::Endpoint`. `own` is what `Self` is here.
    pub(super) fn list(&self, path: &Path, own: Option<&str>) -> Option<String> {
        let mut names = path.segments.iter().rev().map(|segment| segment.ident.to_string());
        let (variant, list) = (names.next()?, names.next()?);
        let list = if list == "Self" { own?.to_owned() } else { list };
        let is_variant = variant.starts_with(char::is_uppercase) && variant.contains(char::is_lowercase);
        (is_variant && self.0.contains(&list)).then_some(list)
    }

    /// Returns where in the pattern a variant of a closed list is named, and of which.
    pub(super) fn positions(&self, pattern: &Pat, own: Option<&str>) -> Vec<(Position, String)> {
        let mut found = Vec::new();
        self.look(pattern, own, &mut Position::new(), &mut found);
        found
    }

    fn look(&self, pattern: &Pat, own: Option<&str>, at: &mut Position, found: &mut Vec<(Position, String)>) {
        if let Pat::Or(or) = pattern {
            or.cases.iter().for_each(|case| self.look(case, own, at, found));
            return;
        }
        if let Some(list) = constructor(pattern).and_then(|path| self.list(path, own)) {
            found.push((at.clone(), list));
        }
        for (step, inner) in parts(pattern) {
            let steps = at.len();
            at.extend(step);
            self.look(inner, own, at, found);
            at.truncate(steps);
        }
    }
}

/// Returns true if the pattern takes whatever stands at this position, without a look at it.
pub(super) fn is_open(pattern: &Pat, position: &[String]) -> bool {
    match pattern {
        Pat::Or(or) => or.cases.iter().any(|case| is_open(case, position)),
        Pat::Wild(_) | Pat::Rest(_) => true,
        Pat::Ident(ident) if ident.subpat.is_none() => ident.ident.to_string().starts_with(char::is_lowercase),
        _ => {
            let parts = parts(pattern);
            match parts.iter().find(|(step, _)| step.is_none()) {
                Some((_, inner)) => is_open(inner, position),
                None => position.split_first().is_some_and(|(first, rest)| {
                    let part = parts.iter().find(|(step, _)| step.as_deref() == Some(first));
                    part.map_or_else(|| skips(pattern, first), |(_, inner)| is_open(inner, rest))
                }),
            }
        }
    }
}

/// Returns true if the pattern has this field's constructor and leaves the field out with `..`.
fn skips(pattern: &Pat, step: &str) -> bool {
    let Some((name, _)) = step.rsplit_once('.') else { return false };
    match pattern {
        Pat::Struct(fields) => fields.rest.is_some() && last(&fields.path) == name,
        Pat::TupleStruct(tuple) => {
            last(&tuple.path) == name && tuple.elems.iter().any(|elem| matches!(elem, Pat::Rest(_)))
        }
        _ => false,
    }
}

/// Returns the patterns within a pattern, each with its step; a reference or a bound name is no step.
fn parts(pattern: &Pat) -> Vec<(Option<String>, &Pat)> {
    match pattern {
        Pat::Reference(inner) => vec![(None, &*inner.pat)],
        Pat::Paren(inner) => vec![(None, &*inner.pat)],
        Pat::Ident(ident) => ident.subpat.iter().map(|(_, inner)| (None, &**inner)).collect(),
        Pat::Tuple(tuple) => numbered("", &tuple.elems),
        Pat::Slice(slice) => numbered("[]", &slice.elems),
        Pat::TupleStruct(tuple) => numbered(&last(&tuple.path), &tuple.elems),
        Pat::Struct(fields) => {
            let of = last(&fields.path);
            let step = |member: &syn::Member| match member {
                syn::Member::Named(name) => format!("{of}.{name}"),
                syn::Member::Unnamed(at) => format!("{of}.{}", at.index),
            };
            fields.fields.iter().map(|field| (Some(step(&field.member)), &*field.pat)).collect()
        }
        _ => Vec::new(),
    }
}

fn numbered<'a>(of: &str, elems: &'a Punctuated<Pat, syn::Token![,]>) -> Vec<(Option<String>, &'a Pat)> {
    elems.iter().enumerate().map(|(at, elem)| (Some(format!("{of}.{at}")), elem)).collect()
}

fn constructor(pattern: &Pat) -> Option<&Path> {
    match pattern {
        Pat::Path(path) => Some(&path.path),
        Pat::Struct(fields) => Some(&fields.path),
        Pat::TupleStruct(tuple) => Some(&tuple.path),
        _ => None,
    }
}

fn last(path: &Path) -> String {
    path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}

fn an_enum(item: &Item) -> Option<&syn::ItemEnum> {
    match item {
        Item::Enum(item) => Some(item),
        _ => None,
    }
}
