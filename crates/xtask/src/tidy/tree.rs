//! The modules of a crate as `mod` lines declare them, without what is compiled for tests only.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use syn::visit::Visit;
use syn::{Attribute, File, ImplItem, Item, UseTree};

/// A path of names, from wherever it is read.
pub(super) type Names = Vec<String>;

/// One crate: the file of its root and every module below it.
pub(super) struct Crate {
    /// The package's name.
    pub(super) name: String,
    /// The folder of the root, relative to the workspace: `crates/xcloud-core/src`.
    pub(super) folder: String,
    /// The modules by their path from the root; the root's is empty.
    pub(super) modules: BTreeMap<Names, Module>,
    /// The files with their syntax, tests taken out.
    pub(super) files: Vec<(String, File)>,
}

/// One module: a file, or a `mod x { ... }` within one.
#[derive(Default)]
pub(super) struct Module {
    /// The file that it stands in.
    pub(super) file: String,
    /// Its modules.
    pub(super) children: BTreeSet<String>,
    /// What it defines itself.
    pub(super) items: BTreeSet<String>,
    /// What it imports by name.
    pub(super) imports: BTreeMap<String, Names>,
    /// What it imports with a star.
    pub(super) globs: Vec<Names>,
    /// Every path in it of two names or more, imports among them, with its line.
    pub(super) mentions: Vec<(Names, usize)>,
}

impl Crate {
    /// Reads the crate whose root is this file; `read` returns a file's text, or nothing where there is none.
    ///
    /// # Errors
    /// If a file is not Rust, or a declared module has no file.
    pub(super) fn read(root: &str, read: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let (folder, _) = root.rsplit_once('/').unwrap_or(("", root));
        let name = folder.strip_suffix("/src").unwrap_or(folder).rsplit('/').next().unwrap_or_default().to_owned();
        let mut read_crate = Self { name, folder: folder.to_owned(), modules: BTreeMap::new(), files: Vec::new() };
        read_crate.file(Names::new(), root, folder, read)?;
        Ok(read_crate)
    }

    fn file(
        &mut self,
        path: Names,
        file: &str,
        folder: &str,
        read: &dyn Fn(&str) -> Option<String>,
    ) -> anyhow::Result<()> {
        let text = read(file).with_context(|| format!("{file} is declared as a module and is not there"))?;
        let mut syntax = syn::parse_file(&text).with_context(|| format!("{file} is not Rust"))?;
        drop_tests(&mut syntax.items);
        self.module(path, file, folder, &syntax.items, read)?;
        self.files.push((file.to_owned(), syntax));
        Ok(())
    }

    fn module(
        &mut self,
        path: Names,
        file: &str,
        folder: &str,
        items: &[Item],
        read: &dyn Fn(&str) -> Option<String>,
    ) -> anyhow::Result<()> {
        let mut module = Module { file: file.to_owned(), ..Module::default() };
        for item in items {
            let Item::Mod(child) = item else {
                module.items.extend(defined(item));
                module.visit_item(item);
                continue;
            };
            let name = child.ident.to_string();
            module.children.insert(name.clone());
            let (below, inner) = ([path.clone(), vec![name.clone()]].concat(), format!("{folder}/{name}"));
            match &child.content {
                Some((_, items)) => self.module(below, file, &inner, items, read)?,
                None if read(&format!("{inner}.rs")).is_some() => {
                    self.file(below, &format!("{inner}.rs"), &inner, read)?
                }
                None => self.file(below, &format!("{inner}/mod.rs"), &inner, read)?,
            }
        }
        self.modules.insert(path, module);
        Ok(())
    }
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let line = item.use_token.span.start().line;
        self.import(&item.tree, &Names::new(), line);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 {
            let line = path.segments[0].ident.span().start().line;
            self.mentions.push((names, line));
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone());
    }
}

impl Module {
    fn import(&mut self, tree: &UseTree, before: &Names, line: usize) {
        let with = |name: &syn::Ident| [before.clone(), vec![name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &with(&path.ident), line),
            UseTree::Name(name) if name.ident == "self" => {
                self.bind(before.last().cloned().unwrap_or_default(), before.clone(), line);
            }
            UseTree::Name(name) => self.bind(name.ident.to_string(), with(&name.ident), line),
            UseTree::Rename(rename) => self.bind(rename.rename.to_string(), with(&rename.ident), line),
            UseTree::Glob(_) => {
                self.mentions.push((before.clone(), line));
                self.globs.push(before.clone());
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before, line)),
        }
    }

    fn bind(&mut self, name: String, path: Names, line: usize) {
        self.mentions.push((path.clone(), line));
        self.imports.insert(name, path);
    }

    /// Finds `a::b::c` in what a macro is given, which has no syntax of its own.
    fn tokens(&mut self, tokens: proc_macro2::TokenStream) {
        let (mut names, mut line, mut colons) = (Names::new(), 0, 0);
        for token in tokens {
            match token {
                proc_macro2::TokenTree::Ident(ident) if colons == 2 && !names.is_empty() => {
                    names.push(ident.to_string())
                }
                proc_macro2::TokenTree::Ident(ident) => {
                    self.mention(std::mem::take(&mut names), line);
                    (names, line) = (vec![ident.to_string()], ident.span().start().line);
                }
                proc_macro2::TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                proc_macro2::TokenTree::Group(group) => {
                    self.mention(std::mem::take(&mut names), line);
                    self.tokens(group.stream());
                }
                _ => self.mention(std::mem::take(&mut names), line),
            }
            colons = 0;
        }
        self.mention(names, line);
    }

    fn mention(&mut self, names: Names, line: usize) {
        if names.len() > 1 {
            self.mentions.push((names, line));
        }
    }
}

fn drop_tests(items: &mut Vec<Item>) {
    items.retain(|item| !for_tests(attributes(item)));
    for item in items {
        match item {
            Item::Mod(module) => {
                if let Some((_, items)) = &mut module.content {
                    drop_tests(items);
                }
            }
            Item::Impl(block) => block.items.retain(|item| match item {
                ImplItem::Fn(function) => !for_tests(&function.attrs),
                _ => true,
            }),
            _ => {}
        }
    }
}

fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|what| what == "test")
    })
}

fn defined(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Reads a crate from texts, for tests of the rules.
#[cfg(test)]
pub(super) fn of(files: &[(&str, &str)]) -> Crate {
    let read = |file: &str| files.iter().find(|(name, _)| *name == file).map(|(_, text)| (*text).to_owned());
    Crate::read(files[0].0, &read).expect("the files are a crate")
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn modules_are_read_with_their_imports_and_without_tests() {
        let tree = of(&[
            ("crates/x/src/lib.rs", "mod a;\nmod b;\n#[cfg(test)]\nmod gone;"),
            ("crates/x/src/a.rs", "use crate::b::{self, c as d};\nfn f() { println!(\"{}\", super::b::c()); }"),
            ("crates/x/src/b/mod.rs", "mod inner { fn g() {} }\n#[cfg(test)]\nmod tests { use super::super::a; }"),
        ]);
        assert_eq!(tree.name, "x");
        let paths: Vec<String> = tree.modules.keys().map(|path| path.join("::")).collect();
        assert_eq!(paths, ["", "a", "b", "b::inner"]);
        let module = &tree.modules[&vec!["a".to_owned()]];
        let mentions: Vec<String> = module.mentions.iter().map(|(path, _)| path.join("::")).collect();
        assert_eq!(mentions, ["crate::b", "crate::b::c", "super::b::c"]);
        assert_eq!(module.imports["d"].join("::"), "crate::b::c");
        assert_eq!(tree.modules[&vec!["b".to_owned()]].mentions, []);
    }
}
