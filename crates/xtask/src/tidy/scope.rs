//! What a name of a file means: what is imported, what `Self` is, what is only another name.

use std::collections::BTreeMap;

use syn::visit::Visit;
use syn::{File, Type, UseTree};

use super::tree::Names;

/// So many imports lead on to one another, at most: `use S::One` after `use model::Spec as S`.
const CHAIN: usize = 4;

/// The names of one file, those that functions import among them.
#[derive(Default)]
pub(super) struct Scope {
    /// What `Self` is.
    pub(super) own: Option<String>,
    /// What is imported, renamed or aliased, with its path.
    means: BTreeMap<String, Names>,
    /// What is imported with a star, with its line.
    pub(super) stars: Vec<(Names, usize)>,
}

impl Scope {
    /// Reads the names of a file.
    pub(super) fn of(file: &File) -> Self {
        let mut scope = Self::default();
        scope.visit_file(file);
        scope
    }

    /// Returns the path with its first name said in full.
    pub(super) fn full(&self, path: &Names) -> Names {
        let mut full = path.clone();
        for _ in 0..CHAIN {
            let Some((first, rest)) = full.split_first() else { break };
            let Some(means) = self.means.get(first) else { break };
            full = [means.as_slice(), rest].concat();
        }
        if let (Some(own), Some(first)) = (&self.own, full.first_mut().filter(|first| *first == "Self")) {
            first.clone_from(own);
        }
        full
    }

    fn mean(&mut self, name: &syn::Ident, path: Names) {
        self.means.insert(name.to_string(), path);
    }

    fn import(&mut self, tree: &UseTree, before: &Names) {
        let with = |name: &syn::Ident| [before.as_slice(), &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &with(&path.ident)),
            UseTree::Name(name) if name.ident == "self" => {}
            UseTree::Rename(rename) if rename.ident == "self" => self.mean(&rename.rename, before.clone()),
            UseTree::Name(name) => self.mean(&name.ident, with(&name.ident)),
            UseTree::Rename(rename) => self.mean(&rename.rename, with(&rename.ident)),
            UseTree::Glob(star) => self.stars.push((before.clone(), star.star_token.spans[0].start().line)),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before)),
        }
    }
}

impl<'ast> Visit<'ast> for Scope {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, &Names::new());
    }

    fn visit_item_type(&mut self, alias: &'ast syn::ItemType) {
        if let Type::Path(path) = &*alias.ty {
            self.mean(&alias.ident, names(&path.path));
        }
    }
}

/// Returns the names of a path, without what stands in angle brackets.
pub(super) fn names(path: &syn::Path) -> Names {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}
