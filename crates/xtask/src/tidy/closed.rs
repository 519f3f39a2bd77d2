//! The closed lists, and where a pattern speaks of one.

use std::collections::BTreeSet;

use syn::punctuated::Punctuated;
use syn::{Item, Pat};

use super::scope::{Scope, names};
use super::tree::{Crate, Names};

/// What xcloud knows of once and for all; a variant more must be thought of everywhere.
const CLOSED: [&str; 15] = [
    "Spec",
    "AwsSpec",
    "AzureSpec",
    "SpecOf",
    "Kind",
    "AzureKind",
    "Op",
    "AwsOp",
    "AzureOp",
    "Condition",
    "Place",
    "Cloud",
    "Role",
    "Writes",
    "Orphans",
];

/// Where the calls to the clouds are, below the core's root.
const CALLS: [&str; 2] = ["op/aws", "op/azure"];

/// Where in a pattern: through which constructors and fields one comes there.
pub(super) type Position = Vec<String>;

/// A variant, and the closed list that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) list: String,
    pub(super) name: String,
}

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

    /// Returns true if this is the name of a closed list.
    pub(super) fn has(&self, list: &str) -> bool {
        self.0.contains(list)
    }

    /// Returns the variant that this path names: `Spec::Endpoint`, however it is imported.
    pub(super) fn variant(&self, path: &Names, scope: &Scope) -> Option<Variant> {
        let mut names = scope.full(path).into_iter().rev();
        let (name, list) = (names.next()?, names.next()?);
        let is_variant = name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase);
        (is_variant && self.has(&list)).then_some(Variant { list, name })
    }

    /// Returns where in the pattern a variant of a closed list is named, and which.
    pub(super) fn positions(&self, pattern: &Pat, scope: &Scope) -> Vec<(Position, Variant)> {
        let mut found = Vec::new();
        self.look(pattern, scope, &mut Position::new(), &mut found);
        found
    }

    fn look(&self, pattern: &Pat, scope: &Scope, at: &mut Position, found: &mut Vec<(Position, Variant)>) {
        if let Pat::Or(or) = pattern {
            or.cases.iter().for_each(|case| self.look(case, scope, at, found));
            return;
        }
        if let Some(variant) = constructor(pattern).and_then(|path| self.variant(&path, scope)) {
            found.push((at.clone(), variant));
        }
        for (step, inner) in parts(pattern) {
            let steps = at.len();
            at.extend(step);
            self.look(inner, scope, at, found);
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

fn constructor(pattern: &Pat) -> Option<Names> {
    match pattern {
        Pat::Path(path) => Some(names(&path.path)),
        Pat::Struct(fields) => Some(names(&fields.path)),
        Pat::TupleStruct(tuple) => Some(names(&tuple.path)),
        // A variant that is imported; a name that is bound begins with a small letter.
        Pat::Ident(ident) => Some(vec![ident.ident.to_string()]),
        _ => None,
    }
}

fn last(path: &syn::Path) -> String {
    path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}

fn an_enum(item: &Item) -> Option<&syn::ItemEnum> {
    match item {
        Item::Enum(item) => Some(item),
        _ => None,
    }
}
