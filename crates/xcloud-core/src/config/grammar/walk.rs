//! Holds a file against the tables and reports everything that does not fit.

use std::collections::BTreeMap;

use super::format_net::{after_zeros, octal};
use super::{Format, Key, Shape, Type};
use crate::code::ProblemCode;
use crate::config::raw::{
    At, Fault, Node, Problems, Scalar, ScalarKind, Value, did_you_mean, secret_key, secret_value,
};

/// Reports everything in `node` that is not of the form `ty`.
pub(crate) fn walk(node: &Node, ty: &Type, problems: &mut Problems<'_>) {
    if let Value::Scalar(Scalar { text, kind: ScalarKind::Tagged }) = &node.value {
        let fault = Fault::new(ProblemCode::YamlTag, format!("the YAML tag `{text}` means nothing here"))
            .hint("write the value itself; CloudFormation's functions are not known");
        return problems.error(node.at, fault);
    }
    match ty {
        Type::Either(forms) => either(node, forms, ty, problems),
        Type::List(of, least) => list(node, of, *least, ty, problems),
        Type::Names(keys, of) => names(node, keys, of, ty, problems),
        Type::Map(shape) => map(node, shape, None, ty, problems),
        Type::Tagged(tag, cases) => tagged(node, tag, cases, ty, problems),
        Type::Text(_) | Type::Int(..) | Type::Decimal | Type::Bool | Type::Word(_) => match &node.value {
            Value::Scalar(scalar) => scalar_fits(node.at, scalar, ty, problems),
            _ => wrong_type(node, ty, problems),
        },
    }
}

fn wrong_type(node: &Node, ty: &Type, problems: &mut Problems<'_>) {
    let fault = Fault::new(ProblemCode::WrongType, format!("expected {}, found {}", ty.what(), node.form()));
    let fault = match (&node.value, ty) {
        (Value::Scalar(scalar), Type::List(..)) => fault.hint(format!("write a list: [{}]", scalar.text)),
        (Value::Scalar(scalar), Type::Text(_)) => fault.hint(format!("quote it: \"{}\"", scalar.text)),
        _ => fault,
    };
    problems.error(node.at, fault);
}

fn scalar_fits(at: At, scalar: &Scalar, ty: &Type, problems: &mut Problems<'_>) {
    if let Some(fault) = secret_value(&scalar.text) {
        problems.error(at, fault);
        return;
    }
    let fault = match ty {
        Type::Text(format) => text_fault(scalar, format),
        Type::Int(least, most) => int_fault(scalar, *least, *most),
        Type::Decimal => match scalar.text.parse::<f64>() {
            Ok(number) if number.is_finite() && number > 0.0 => None,
            _ => {
                Some(Fault::new(ProblemCode::WrongType, format!("expected a number above 0, found `{}`", scalar.text)))
            }
        },
        Type::Bool if scalar.kind == ScalarKind::Bool => None,
        Type::Bool => {
            Some(Fault::new(ProblemCode::WrongType, format!("expected true or false, found `{}`", scalar.text)))
        }
        Type::Word(words) if words.contains(&scalar.text.as_str()) => None,
        Type::Word(words) => {
            let mut fault =
                Fault::new(ProblemCode::UnknownValue, format!("expected {}, found `{}`", ty.what(), scalar.text));
            fault.hint = did_you_mean(&scalar.text, words.iter().copied());
            Some(fault)
        }
        _ => None,
    };
    if let Some(fault) = fault {
        problems.error(at, fault);
    }
}

fn text_fault(scalar: &Scalar, format: &Format) -> Option<Fault> {
    if std::ptr::eq(format, &super::format_aws::ACCOUNT) && scalar.kind == ScalarKind::Number {
        let digits: String = scalar.text.chars().filter(char::is_ascii_digit).collect();
        return Some(
            Fault::new(ProblemCode::AccountUnquoted, format!("the account id {} is not quoted", scalar.text))
                .hint(format!("YAML takes it for a number and drops a leading zero; write \"{digits:0>12}\"")),
        );
    }
    match scalar.kind {
        ScalarKind::Text => (format.check)(&scalar.text).err(),
        ScalarKind::Number | ScalarKind::Bool | ScalarKind::Tagged => {
            (format.check)(&scalar.text).err().or_else(|| {
                Some(
                    Fault::new(
                        ProblemCode::WrongType,
                        format!("expected {}, found `{}`, which YAML does not take for text", format.what, scalar.text),
                    )
                    .hint(format!("quote it: \"{}\"", scalar.text)),
                )
            })
        }
    }
}

fn int_fault(scalar: &Scalar, least: u64, most: u64) -> Option<Fault> {
    if let Some(number) = after_zeros(&scalar.text) {
        return Some(octal(&scalar.text, number));
    }
    match scalar.text.parse::<u64>() {
        Ok(number) if (least..=most).contains(&number) => None,
        Ok(number) => Some(Fault::new(ProblemCode::OutOfRange, format!("{number} is not between {least} and {most}"))),
        Err(_) => Some(Fault::new(
            ProblemCode::WrongType,
            format!("expected a whole number from {least} to {most}, found `{}`", scalar.text),
        )),
    }
}

/// The forms are told apart by the node: text, list or mapping. Among several of one form the first that fits counts,
/// and if none fits the complaint of the one that was meant.
fn either(node: &Node, forms: &[Type], ty: &Type, problems: &mut Problems<'_>) {
    let candidates = || forms.iter().filter(|form| same_form(node, form));
    let mut complaints = Vec::new();
    for candidate in candidates() {
        let mut scratch = problems.scratch();
        walk(node, candidate, &mut scratch);
        if scratch.is_empty() {
            return;
        }
        complaints.push(scratch);
    }
    let meant = candidates().position(|candidate| is_meant(node, candidate)).unwrap_or_default();
    if complaints.is_empty() {
        wrong_type(node, ty, problems);
    } else {
        problems.absorb(complaints.swap_remove(meant));
    }
}

/// A number is meant for a number, other text for text.
fn is_meant(node: &Node, ty: &Type) -> bool {
    match &node.value {
        Value::Scalar(Scalar { kind: ScalarKind::Number, .. }) => matches!(ty, Type::Int(..) | Type::Decimal),
        Value::Scalar(_) => matches!(ty, Type::Text(_)),
        _ => true,
    }
}

fn same_form(node: &Node, ty: &Type) -> bool {
    match (&node.value, ty) {
        (_, Type::Either(forms)) => forms.iter().any(|form| same_form(node, form)),
        (Value::Map(_), Type::Map(_) | Type::Names(..) | Type::Tagged(..)) | (Value::List(_), Type::List(..)) => true,
        (Value::Scalar(_), Type::Text(_) | Type::Int(..) | Type::Decimal | Type::Bool | Type::Word(_)) => true,
        _ => false,
    }
}

fn list(node: &Node, of: &Type, least: usize, ty: &Type, problems: &mut Problems<'_>) {
    if !node.is_list() {
        return wrong_type(node, ty, problems);
    }
    if node.items().len() < least {
        problems
            .error(node.at, Fault::new(ProblemCode::EmptyList, format!("the list is empty; expected {}", of.what())));
    }
    for item in node.items() {
        walk(item, of, problems);
    }
}

fn names(node: &Node, keys: &Format, of: &Type, ty: &Type, problems: &mut Problems<'_>) {
    if !node.is_map() {
        return wrong_type(node, ty, problems);
    }
    duplicates(node, problems);
    for (key, value) in node.entries() {
        match key.text() {
            Some(text) => {
                if let Err(fault) = (keys.check)(text) {
                    problems.error(key.at, fault);
                }
                if let Some(fault) = secret_value(text) {
                    problems.error(key.at, fault);
                }
            }
            None => {
                problems.error(key.at, Fault::new(ProblemCode::WrongType, format!("expected {} as key", keys.what)))
            }
        }
        walk(value, of, problems);
    }
}

fn tagged(node: &Node, tag: &str, cases: &[(&str, &Shape)], ty: &Type, problems: &mut Problems<'_>) {
    if !node.is_map() {
        return wrong_type(node, ty, problems);
    }
    let words = || cases.iter().map(|(word, _)| *word);
    let Some(value) = node.get(tag) else {
        let mut fault = Fault::new(ProblemCode::MissingKey, format!("`{tag}` is missing"));
        fault.hint = Some(format!("one of {}", words().collect::<Vec<_>>().join(", ")));
        return problems.error(node.at, fault);
    };
    match value.text().and_then(|text| cases.iter().find(|(word, _)| *word == text)) {
        Some((_, shape)) => map(node, shape, Some(tag), ty, problems),
        None => {
            let written = value.text().unwrap_or_default();
            let mut fault = Fault::new(ProblemCode::UnknownValue, format!("`{written}` is not a known `{tag}`"));
            fault.hint = did_you_mean(written, words());
            problems.error(value.at, fault);
        }
    }
}

fn map(node: &Node, shape: &Shape, tag: Option<&str>, ty: &Type, problems: &mut Problems<'_>) {
    if !node.is_map() {
        return wrong_type(node, ty, problems);
    }
    duplicates(node, problems);
    for (key, value) in node.entries() {
        let name = key.text().unwrap_or_default();
        if tag == Some(name) {
            continue;
        }
        match shape.keys.iter().find(|known| known.name == name) {
            Some(known) => key_fits(key, value, known, problems),
            None => unknown_key(key, name, shape, tag, problems),
        }
    }
    if shape.one_of {
        let found = node.named().len();
        if found != 1 {
            problems.error(node.at, Fault::new(ProblemCode::OneOf, format!("expected exactly one of {}", ty.what())));
        }
    } else {
        for known in shape.keys.iter().filter(|known| known.required && node.get(known.name).is_none()) {
            let fault = Fault::new(ProblemCode::MissingKey, format!("`{}` is missing in {}", known.name, shape.what))
                .hint(known.doc);
            problems.error(node.at, fault);
        }
    }
}

fn key_fits(key: &Node, value: &Node, known: &Key, problems: &mut Problems<'_>) {
    if matches!(value.value, Value::Null) {
        let fault =
            Fault::new(ProblemCode::NoValue, format!("`{}` has no value; expected {}", known.name, known.of.what()));
        problems.error(key.at, fault);
    } else {
        walk(value, &known.of, problems);
    }
}

fn unknown_key(key: &Node, name: &str, shape: &Shape, tag: Option<&str>, problems: &mut Problems<'_>) {
    if let Some(fault) = secret_key(name) {
        return problems.error(key.at, fault);
    }
    let mut fault = Fault::new(ProblemCode::UnknownKey, format!("`{name}` is not a key of {}", shape.what));
    fault.hint = did_you_mean(name, shape.keys.iter().map(|known| known.name).chain(tag));
    problems.error(key.at, fault);
}

fn duplicates(node: &Node, problems: &mut Problems<'_>) {
    let mut seen: BTreeMap<&str, At> = BTreeMap::new();
    for (key, _) in node.entries() {
        let Some(name) = key.text() else { continue };
        match seen.get(name) {
            Some(first) => {
                let fault = Fault::new(
                    ProblemCode::DuplicateKey,
                    format!("duplicate key `{name}`, first used on line {}", first.line),
                )
                .hint("keep one of them");
                problems.error(key.at, fault);
            }
            None => {
                seen.insert(name, key.at);
            }
        }
    }
}
