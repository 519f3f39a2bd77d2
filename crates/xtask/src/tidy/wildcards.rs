//! Who decides over a closed list names every variant: the compiler then asks about the next one at every place.
//!
//! In a `match` that names variants, no arm may take the rest (`wildcard`). `matches!`, `let else`, `while let`, `==`,
//! `!=`, `if let` with an `else`, and `if let` that leaves the function or the loop decide for the rest as well
//! (`asked-apart`); a room may ask so of what bears its own name ([`Rooms`]). An `if let` that only takes something out,
//! without an `else`, may stand anywhere. No star imports variants (`star`): the list that they are of would not be seen.

use syn::parse::{ParseStream, Parser as _};
use syn::spanned::Spanned as _;
use syn::visit::Visit;
use syn::{
    BinOp, Expr, ExprBinary, ExprIf, ExprLet, ExprMatch, ExprWhile, ItemImpl, Local, Macro, Pat, Stmt, Token, Type,
};

use super::allowed::Found;
use super::closed::{Closed, Variant, is_open};
use super::rooms::Rooms;
use super::scope::{Scope, names};
use super::tree::Crate;

/// Returns every place that decides for variants which it does not name.
pub(super) fn findings(tree: &Crate, closed: &Closed) -> Vec<Found> {
    let mut found = Vec::new();
    for (file, syntax) in &tree.files {
        let (scope, rooms) = (Scope::of(syntax), Rooms::of(&tree.name, file));
        let mut places = Places { tree, closed, file, scope, rooms, function: Vec::new(), found: Vec::new() };
        places.stars();
        places.visit_file(syntax);
        found.append(&mut places.found);
    }
    found
}

struct Places<'a> {
    tree: &'a Crate,
    closed: &'a Closed,
    file: &'a str,
    scope: Scope,
    rooms: Rooms,
    /// The functions around, the innermost last.
    function: Vec<String>,
    found: Vec<Found>,
}

impl Places<'_> {
    fn tell(&mut self, rule: &'static str, line: usize, list: &str, text: String) {
        let function = self.function.last().map_or("-", String::as_str);
        let place = format!("{} {function} {list}", self.tree.name);
        self.found.push(Found { rule, place, at: format!("{}:{line}", self.file), text });
    }

    fn stars(&mut self) {
        for (path, line) in self.scope.stars.clone() {
            let full = self.scope.full(&path);
            if let Some(list) = full.last().filter(|list| self.closed.has(list)) {
                self.tell("star", line, list, format!("`{list}::*` does not say which variants are meant"));
            }
        }
    }

    /// Tells of a pattern that asks about some variants only.
    fn asked_apart(&mut self, pattern: &Pat, what: &str) {
        let asked: Vec<Variant> = self.closed.positions(pattern, &self.scope).into_iter().map(|(_, one)| one).collect();
        self.asked(&asked, pattern.span().start().line, what);
    }

    fn asked(&mut self, variants: &[Variant], line: usize, what: &str) {
        if let Some(Variant { list, .. }) = variants.iter().find(|variant| !self.rooms.own(variant)) {
            self.tell("asked-apart", line, list, format!("`{what}` decides for every {list} that it does not name"));
        }
    }

    /// Returns the variants that a side of a comparison is made of.
    fn compared(&self, side: &Expr) -> Vec<Variant> {
        match side {
            Expr::Path(path) => self.closed.variant(&names(&path.path), &self.scope).into_iter().collect(),
            Expr::Struct(value) => self.closed.variant(&names(&value.path), &self.scope).into_iter().collect(),
            Expr::Call(call) => {
                let inner = call.args.iter().flat_map(|argument| self.compared(argument));
                self.compared(&call.func).into_iter().chain(inner).collect()
            }
            Expr::Tuple(tuple) => tuple.elems.iter().flat_map(|elem| self.compared(elem)).collect(),
            Expr::MethodCall(call) => self.compared(&call.receiver),
            Expr::Reference(inner) => self.compared(&inner.expr),
            Expr::Paren(inner) => self.compared(&inner.expr),
            _ => Vec::new(),
        }
    }

    fn named(&mut self, name: &syn::Ident, walk: impl FnOnce(&mut Self)) {
        self.function.push(name.to_string());
        walk(self);
        self.function.pop();
    }
}

impl<'ast> Visit<'ast> for Places<'_> {
    fn visit_item_impl(&mut self, block: &'ast ItemImpl) {
        let own = match &*block.self_ty {
            Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
            _ => None,
        };
        let before = std::mem::replace(&mut self.scope.own, own);
        syn::visit::visit_item_impl(self, block);
        self.scope.own = before;
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.named(&function.sig.ident, |places| syn::visit::visit_item_fn(places, function));
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.named(&function.sig.ident, |places| syn::visit::visit_impl_item_fn(places, function));
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        self.named(&function.sig.ident, |places| syn::visit::visit_trait_item_fn(places, function));
    }

    fn visit_expr_match(&mut self, expr: &'ast ExprMatch) {
        let of = |pattern: &Pat| self.closed.positions(pattern, &self.scope);
        let all: Vec<_> = expr.arms.iter().flat_map(|arm| of(&arm.pat)).collect();
        let mut rest = Vec::new();
        for arm in expr.arms.iter().filter(|arm| arm.guard.is_none()) {
            let here = of(&arm.pat);
            // `(Spec::A(_) | Spec::B(_), _)` names the variants on one side of a pair; that is enough.
            let is_pair = |position: &[String]| {
                let side = position.first().filter(|step| step.starts_with('.'));
                side.is_some() && here.iter().any(|(other, _)| other.first() != side)
            };
            let open = all.iter().find(|(position, _)| is_open(&arm.pat, position) && !is_pair(position));
            rest.extend(open.map(|(_, variant)| (arm.pat.span().start().line, variant.list.clone())));
        }
        for (line, list) in rest {
            self.tell("wildcard", line, &list, format!("this arm takes every {list} that no other arm names"));
        }
        syn::visit::visit_expr_match(self, expr);
    }

    fn visit_expr_if(&mut self, expr: &'ast ExprIf) {
        if expr.else_branch.is_some() || leaves(&expr.then_branch) {
            for one in lets(&expr.cond) {
                self.asked_apart(&one.pat, "if let");
            }
        }
        syn::visit::visit_expr_if(self, expr);
    }

    fn visit_expr_while(&mut self, expr: &'ast ExprWhile) {
        for one in lets(&expr.cond) {
            self.asked_apart(&one.pat, "while let");
        }
        syn::visit::visit_expr_while(self, expr);
    }

    fn visit_expr_binary(&mut self, expr: &'ast ExprBinary) {
        let what = match expr.op {
            BinOp::Eq(_) => "==",
            BinOp::Ne(_) => "!=",
            _ => return syn::visit::visit_expr_binary(self, expr),
        };
        let asked = [self.compared(&expr.left), self.compared(&expr.right)].concat();
        self.asked(&asked, expr.span().start().line, what);
        syn::visit::visit_expr_binary(self, expr);
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if local.init.as_ref().is_some_and(|init| init.diverge.is_some()) {
            self.asked_apart(&local.pat, "let else");
        }
        syn::visit::visit_local(self, local);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        if call.path.segments.last().is_some_and(|name| name.ident == "matches") {
            let asked = |input: ParseStream<'_>| {
                let of: Expr = input.parse()?;
                let _: Token![,] = input.parse()?;
                let pattern = Pat::parse_multi_with_leading_vert(input)?;
                input.parse::<proc_macro2::TokenStream>()?;
                Ok((of, pattern))
            };
            if let Ok((of, pattern)) = asked.parse2(call.tokens.clone()) {
                self.asked_apart(&pattern, "matches!");
                self.visit_expr(&of);
            }
            return;
        }
        let list = syn::punctuated::Punctuated::<Expr, Token![,]>::parse_terminated;
        if let Ok(parts) = list.parse2(call.tokens.clone()) {
            parts.iter().for_each(|part| self.visit_expr(part));
        }
    }
}

/// Returns the `let`s of a condition.
fn lets(condition: &Expr) -> Vec<&ExprLet> {
    match condition {
        Expr::Let(one) => vec![one],
        Expr::Binary(pair) => [lets(&pair.left), lets(&pair.right)].concat(),
        Expr::Paren(inner) => lets(&inner.expr),
        _ => Vec::new(),
    }
}

/// Returns true if the block ends with a way out: whoever is not asked about goes another way.
fn leaves(block: &syn::Block) -> bool {
    matches!(block.stmts.last(), Some(Stmt::Expr(Expr::Return(_) | Expr::Break(_) | Expr::Continue(_), _)))
}

#[cfg(test)]
mod tests {
    use super::super::closed::Closed;
    use super::super::tree::of;
    use super::findings;

    /// Returns the lines, with the rule, that are found in the body of a function in this file.
    fn told_in(file: &str, body: &str) -> Vec<String> {
        let text = format!("fn f() {{\n{body}\n}}");
        let names = file.trim_end_matches(".rs").split('/').rev();
        let lib = names.fold(String::new(), |inner, name| match inner.as_str() {
            "" => format!("mod {name};"),
            inner => format!("mod {name} {{ {inner} }}"),
        });
        let tree = of(&[("x/src/lib.rs", &lib), (&format!("x/src/{file}"), &text)]);
        let core = of(&[
            ("c/src/lib.rs", "mod op;"),
            ("c/src/op/mod.rs", "mod aws;"),
            ("c/src/op/aws/mod.rs", "enum GroupOp { Make, Drop } enum Tag { One }"),
        ]);
        let found = findings(&tree, &Closed::of(&core));
        found.into_iter().map(|one| format!("{} {}", one.rule, one.at.rsplit_once(':').expect("a line").1)).collect()
    }

    fn told(body: &str) -> Vec<String> {
        told_in("a.rs", body)
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn an_arm_for_the_rest_is_found() {
        assert_eq!(told("match x {\nSpec::One(_) => 1,\n_ => 2,\n}"), ["wildcard 4"]);
        assert_eq!(told("match x {\nSpec::One(_) => 1,\nother => other.f(),\n}"), ["wildcard 4"]);
        assert_eq!(told("match x {\nSome(&Kind::One) => 1,\nSome(_) | None => 2,\n}"), ["wildcard 4"]);
        assert_eq!(
            told("match x {\nOp::Aws(AwsOp::Group(GroupOp::Make)) => 1,\nOp::Aws(_) => 2,\nOp::Azure(_) => 3\n}"),
            ["wildcard 4"]
        );
        assert_eq!(
            told("match x {\nAwsOp::Group(GroupOp::Make) => 1,\nAwsOp::Group(_) | AwsOp::Tag(_) => 2,\n}"),
            ["wildcard 4"]
        );
        assert_eq!(told("match (a, b) {\n(Spec::One(_), Spec::One(_)) => 1,\n_ => 2,\n}"), ["wildcard 4"]);
        assert_eq!(told("match x {\nR { spec: Spec::One(_), .. } => 1,\nR { .. } => 2,\n}"), ["wildcard 4"]);
        assert_eq!(told("vec![match x {\nSpec::One(_) => 1,\n_ => 2,\n}]"), ["wildcard 4"]);
    }

    #[test]
    fn a_match_that_names_all_or_speaks_of_something_else_is_not() {
        assert_eq!(told("match x {\nSpec::One(_) => 1,\nSpec::Two(_) | Spec::Three { .. } => 2,\n}"), NONE);
        assert_eq!(told("match x {\nSome(Kind::One | Kind::Two) => 1,\nNone => 2,\n}"), NONE);
        assert_eq!(told("match x {\nSpec::One(_) => 1,\nother if other.f() => 2,\nSpec::Two(_) => 3,\n}"), NONE);
        assert_eq!(
            told("match (a, b) {\n(Spec::One(_), Spec::One(_)) => 1,\n(Spec::One(_) | Spec::Two(_), _) => 2,\n}"),
            NONE
        );
        assert_eq!(
            told(
                "match x {\nAwsOp::Group(GroupOp::Make) => 1,\nAwsOp::Group(GroupOp::Drop) => 2,\nAwsOp::Tag(_) => 3,\n}"
            ),
            NONE
        );
        assert_eq!(told("match x {\nFar::One => 1,\n_ => 2,\n}"), NONE);
        assert_eq!(told("match x {\nKind::ALL => 1,\n_ => 2,\n}"), NONE);
        assert_eq!(told("match x {\nTag::One => 1,\n_ => 2,\n}"), NONE);
    }

    #[test]
    fn a_question_about_one_variant_is_found_where_it_decides() {
        assert_eq!(told("matches!(x, Spec::One(_))"), ["asked-apart 2"]);
        assert_eq!(told("let y = x.filter(|x| matches!(x.spec, Spec::One(_) | Spec::Two(_)));"), ["asked-apart 2"]);
        assert_eq!(told("let Spec::One(a) = x else { return };"), ["asked-apart 2"]);
        assert_eq!(told("if let Spec::One(a) = x { 1 } else { 2 }"), ["asked-apart 2"]);
        assert_eq!(told("if y && let Spec::One(a) = x { return 1; }"), ["asked-apart 2"]);
        assert_eq!(told("assert!(matches!(x, Spec::One(_)));"), ["asked-apart 2"]);
    }

    #[test]
    fn taking_out_is_not() {
        assert_eq!(told("if let Spec::One(a) = x { found.push(a); }"), NONE);
        assert_eq!(told("matches!(x, Some(Far::One))"), NONE);
        assert_eq!(told("let Some(x) = y else { return };"), NONE);
    }

    #[test]
    fn while_let_and_comparisons_decide_for_the_rest() {
        assert_eq!(told("while let Some(Spec::One(a)) = x.next() { a.f(); }"), ["asked-apart 2"]);
        assert_eq!(told("let y = x.kind() == Kind::One;"), ["asked-apart 2"]);
        assert_eq!(told("if Cloud::Aws != x { return; }"), ["asked-apart 2"]);
        assert_eq!(told("x.retain(|x| x.writes() == Some(Writes::Other));"), ["asked-apart 2"]);
        assert_eq!(told("let y = x.short() == Kind::One.short();"), ["asked-apart 2"]);
        assert_eq!(told("let y = (a, b) == (Cloud::Aws, 1);"), ["asked-apart 2"]);
        assert_eq!(told("let y = x == &Condition::Gone { id };"), ["asked-apart 2"]);
        assert_eq!(told("while let Some(x) = y.next() { x.f(); }"), NONE);
        assert_eq!(told("let y = x == Kind::ALL.len() || x.kind == Far::One || x < 3;"), NONE);
        assert_eq!(told("let y = x == GroupOp::FENCE;"), NONE);
    }

    #[test]
    fn roles_writes_and_orphans_are_closed_lists_too() {
        for list in ["Role", "Writes", "Orphans", "Op"] {
            assert_eq!(told(&format!("matches!(x, {list}::One)")), ["asked-apart 2"], "{list}");
            assert_eq!(told(&format!("let {list}::One(y) = x else {{ return }};")), ["asked-apart 2"], "{list}");
            assert_eq!(told(&format!("match x {{\n{list}::One => 1,\n_ => 2,\n}}")), ["wildcard 4"], "{list}");
        }
    }

    #[test]
    fn variants_are_known_however_they_are_imported() {
        assert_eq!(told("use op::AwsOp::Group;\nmatch x {\nGroup(_) => 1,\n_ => 2,\n}"), ["wildcard 5"]);
        assert_eq!(told("use Cloud::{Aws, Azure};\nmatch x {\nAws => 1,\nAzure => 2,\n_ => 3,\n}"), ["wildcard 6"]);
        assert_eq!(told("use crate::model::Spec::One as Mine;\nlet Mine(y) = x else { return };"), ["asked-apart 3"]);
        assert_eq!(told("use model::Spec as S;\nuse S::One;\nmatches!(x, One(_));"), ["asked-apart 4"]);
        assert_eq!(told("type S = crate::model::Spec;\nmatches!(x, S::One(_));"), ["asked-apart 3"]);
        assert_eq!(told("use Cloud::Aws;\nlet y = x == Aws;"), ["asked-apart 3"]);
        assert_eq!(told("use far::Far::One;\nmatches!(x, One);"), NONE);
        assert_eq!(told("use model::Spec::{self as S};\nmatches!(x, S::One(_));"), ["asked-apart 3"]);
        assert_eq!(told("use a::b;\nuse b::a;\nmatches!(x, a::One);"), NONE);
    }

    #[test]
    fn no_star_imports_variants() {
        assert_eq!(told("use crate::model::Spec::*;"), ["star 2"]);
        assert_eq!(told("use crate::model::Spec as S;\nuse S::*;"), ["star 3"]);
        assert_eq!(told("use crate::model::*;\nuse far::Far::*;"), NONE);
    }

    #[test]
    fn a_room_asks_only_about_what_bears_its_name() {
        let spec = "let Spec::Group(a) = x else { return };";
        let condition = "matches!(x, Condition::GroupUnused { .. });";
        let call = "let GroupOp::Make = x else { return };";
        assert_eq!(told_in("kinds/group/a.rs", spec), NONE);
        assert_eq!(told_in("kinds/aws_group/a.rs", spec), NONE);
        assert_eq!(told_in("kinds/aws_group/a.rs", call), NONE);
        assert_eq!(told_in("kinds/aws_group/a.rs", "let y = place.cloud == Cloud::Aws;"), NONE);
        assert_eq!(told_in("kinds/azure_group/a.rs", "let y = place.cloud == Cloud::Aws;"), ["asked-apart 2"]);
        assert_eq!(told_in("kinds/group/a.rs", "matches!(x, Spec::Group(_) | Spec::One(_));"), ["asked-apart 2"]);
        assert_eq!(told_in("kinds/group/a.rs", "match x {\nSpec::Group(_) => 1,\n_ => 2,\n}"), ["wildcard 4"]);
        assert_eq!(told_in("kinds/group/a.rs", condition), ["asked-apart 2"]);
        assert_eq!(told_in("kinds/endpoint/a.rs", spec), ["asked-apart 2"]);
        assert_eq!(told_in("kinds/endpoint/a.rs", call), ["asked-apart 2"]);
        assert_eq!(told_in("kinds/group.rs", call), NONE);
        assert_eq!(told_in("op/group.rs", call), ["asked-apart 2"], "no other file is a room");
    }

    #[test]
    fn the_file_that_defines_a_list_names_every_variant_too() {
        let text = "enum Kind { One, Two } impl Kind { fn is_a(self) -> bool { matches!(self, Self::One) } \
                    fn rest(self) -> u8 { match self { Self::One => 1, _ => 2 } } }";
        let tree = of(&[("x/src/lib.rs", text)]);
        let found: Vec<String> = findings(&tree, &Closed::of(&tree)).into_iter().map(|one| one.place).collect();
        assert_eq!(found, ["x is_a Kind", "x rest Kind"]);
    }
}
