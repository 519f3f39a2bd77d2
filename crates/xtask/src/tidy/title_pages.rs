//! `mod.rs` and `lib.rs` say what a folder is and what is in it; what does something has a file of its own.

use syn::Item;
use syn::spanned::Spanned as _;

use super::allowed::Found;
use super::tree::Crate;

/// Returns every item of a title page that is not documentation, a module or a name handed on.
pub(super) fn findings(tree: &Crate) -> Vec<Found> {
    let pages = tree.files.iter().filter(|(file, _)| file.ends_with("/mod.rs") || file.ends_with("/lib.rs"));
    pages.flat_map(|(file, syntax)| syntax.items.iter().filter_map(|item| finding(file, item))).collect()
}

fn finding(file: &str, item: &Item) -> Option<Found> {
    let what = match item {
        Item::Use(_) => return None,
        Item::Mod(module) if module.content.is_none() => return None,
        Item::Fn(function) => format!("the function `{}`", function.sig.ident),
        Item::Struct(item) => format!("the struct `{}`", item.ident),
        Item::Enum(item) => format!("the enum `{}`", item.ident),
        Item::Trait(item) => format!("the trait `{}`", item.ident),
        Item::Const(item) => format!("the constant `{}`", item.ident),
        Item::Type(item) => format!("the type `{}`", item.ident),
        Item::Mod(module) => format!("the body of the module `{}`", module.ident),
        Item::Impl(_) => "an `impl` block".to_owned(),
        _ => "an item".to_owned(),
    };
    let at = format!("{file}:{}", item.span().start().line);
    Some(Found { rule: "title-page", place: file.to_owned(), at, text: format!("{what} stands on a title page") })
}

#[cfg(test)]
mod tests {
    use super::super::tree::of;
    use super::findings;

    #[test]
    fn what_has_a_body_is_found_and_what_hands_on_is_not() {
        let tree = of(&[
            ("x/src/lib.rs", "//! X.\n\nmod a;\n\npub use a::A;\n\n#[cfg(test)]\nmod tests { fn f() {} }"),
            ("x/src/a/mod.rs", "//! A.\nmod b;\npub struct A;\nimpl A {}\nfn f() {}"),
            ("x/src/a/b.rs", "fn f() {}"),
        ]);
        let told: Vec<String> =
            findings(&tree).into_iter().map(|found| format!("{} {}", found.at, found.text)).collect();
        assert_eq!(
            told,
            [
                "x/src/a/mod.rs:3 the struct `A` stands on a title page",
                "x/src/a/mod.rs:4 an `impl` block stands on a title page",
                "x/src/a/mod.rs:5 the function `f` stands on a title page",
            ]
        );
    }
}
