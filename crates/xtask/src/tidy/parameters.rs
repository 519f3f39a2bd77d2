//! A function with many parameters wants a struct, or does more than one thing.

use syn::visit::Visit;
use syn::{ImplItemFn, ItemFn, ItemImpl, Signature, TraitItemFn};

use super::allowed::Found;
use super::tree::Crate;

/// The most parameters, `self` among them.
const MOST: usize = 6;

/// Returns every function with too many parameters. Those that a trait asks for are told where the trait stands.
pub(super) fn findings(tree: &Crate) -> Vec<Found> {
    let mut found = Vec::new();
    for (file, syntax) in &tree.files {
        let mut functions = Functions { name: &tree.name, file, found: Vec::new() };
        functions.visit_file(syntax);
        found.append(&mut functions.found);
    }
    found
}

struct Functions<'a> {
    name: &'a str,
    file: &'a str,
    found: Vec<Found>,
}

impl Functions<'_> {
    fn look(&mut self, signature: &Signature) {
        let many = signature.inputs.len();
        if many > MOST {
            let at = format!("{}:{}", self.file, signature.ident.span().start().line);
            let text = format!("`{}` takes {many} parameters, more than {MOST}", signature.ident);
            let place = format!("{} {}", self.name, signature.ident);
            self.found.push(Found { rule: "parameters", place, at, text });
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.look(&function.sig);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        self.look(&function.sig);
        syn::visit::visit_trait_item_fn(self, function);
    }

    fn visit_item_impl(&mut self, block: &'ast ItemImpl) {
        if block.trait_.is_none() {
            syn::visit::visit_item_impl(self, block);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.look(&function.sig);
        syn::visit::visit_impl_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::of;
    use super::findings;

    #[test]
    fn seven_are_too_many_and_six_are_not() {
        let tree = of(&[(
            "x/src/lib.rs",
            "fn six(a: A, b: B, c: C, d: D, e: E, f: F) {}
             struct S;
             impl S { fn seven(&self, b: B, c: C, d: D, e: E, f: F, g: G) {} }
             impl T for S { fn asked(&self, b: B, c: C, d: D, e: E, f: F, g: G) {} }",
        )]);
        let told: Vec<String> =
            findings(&tree).into_iter().map(|found| format!("{}: {}", found.place, found.text)).collect();
        assert_eq!(told, ["x seven: `seven` takes 7 parameters, more than 6"]);
    }
}
