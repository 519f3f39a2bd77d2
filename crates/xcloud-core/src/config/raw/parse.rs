//! From YAML text to nodes. YAML itself (anchors, aliases, merge keys) is serde-saphyr's; it stays behind this file.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Location, Spanned};

use super::{At, Fault, Node, Scalar, ScalarKind, Value};
use crate::code::ProblemCode;

/// Largest file that is read; an estate of 50,000 resources has about 30 MB.
const MAX_BYTES: usize = 64 << 20;
/// Most nodes after aliases are replaced: a file that grows beyond it is an attack or an accident.
const MAX_NODES: usize = 10_000_000;

/// Reads the whole text as one document.
pub(crate) fn parse(text: &str) -> Result<Node, Box<(At, Fault)>> {
    if text.len() > MAX_BYTES {
        let fault = Fault::new(
            ProblemCode::FileTooLarge,
            format!("the file has {} bytes; at most {MAX_BYTES} are read", text.len()),
        );
        return Err(Box::new((At::default(), fault)));
    }
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        strict_booleans: true,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_nodes: MAX_NODES,
            max_events: 2 * MAX_NODES,
            max_depth: 64,
            flow_nesting_limit: 64,
        },
    };
    match serde_saphyr::from_str_with_options::<Spanned<Raw>>(text, options) {
        Ok(raw) => Ok(node(raw, text)),
        Err(error) => {
            let at = error.location().map_or_else(At::default, |location| broken_at(location, text));
            let fault = match error.without_snippet() {
                serde_saphyr::Error::MultipleDocuments { .. } => {
                    Fault::new(ProblemCode::Yaml, "a second document starts here").hint("one file holds one document")
                }
                other => {
                    let fault = Fault::new(ProblemCode::Yaml, first_line(&other.render()));
                    let rest = text.get(at.start..).and_then(|rest| rest.lines().next()).unwrap_or_default().trim();
                    match rest.starts_with("*.") {
                        true => fault.hint(format!("YAML takes `*` for an alias; quote it: \"{rest}\"")),
                        false => fault.hint("the file is not YAML from here on; nothing after this place was checked"),
                    }
                }
            };
            Err(Box::new((at, fault)))
        }
    }
}

fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default().trim();
    let line = line.split(" at line ").next().unwrap_or(line);
    if line.contains("budget breached") || line.contains("recursion limit") || line.contains("limit exceeded") {
        return "the file is nested too deeply, or its aliases repeat too much".to_owned();
    }
    line.trim_start_matches("error: ").trim_end_matches('.').to_owned()
}

/// A value as serde-saphyr hands it over.
enum Raw {
    Null,
    Bool,
    Number,
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Bool)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

/// The place where the value itself is written: for an alias that of its anchor, where it can be corrected.
fn at(location: Location) -> At {
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let start = number(location.span().byte_offset().unwrap_or_default());
    let length = number(location.span().byte_len().unwrap_or_default());
    At { start, end: start.saturating_add(length), line: number(location.line()), column: number(location.column()) }
}

/// The place where the text stops being YAML, of which the scanner knows line and column alone.
fn broken_at(location: Location, text: &str) -> At {
    let at = at(location);
    if location.span().byte_offset().is_some() || at.line == 0 {
        return at;
    }
    let mut lines = text.split_inclusive('\n');
    let before: usize = lines.by_ref().take(at.line - 1).map(str::len).sum();
    let line = lines.next().unwrap_or_default();
    let inside =
        line.char_indices().nth(at.column.saturating_sub(1)).map_or(line.trim_end().len(), |(offset, _)| offset);
    let start = before.saturating_add(inside);
    At { start, end: start, ..at }
}

fn node(raw: Spanned<Raw>, text: &str) -> Node {
    let mut at = at(raw.defined);
    let as_written = || text.get(at.start..at.end).unwrap_or_default().trim().to_owned();
    let value = match raw.value {
        _ if own_tag(text, at).is_some() => {
            let tag = own_tag(text, at).unwrap_or_default().to_owned();
            Value::Scalar(Scalar { text: tag, kind: ScalarKind::Tagged })
        }
        Raw::Null => Value::Null,
        Raw::Bool => Value::Scalar(Scalar { text: as_written(), kind: ScalarKind::Bool }),
        Raw::Number => Value::Scalar(Scalar { text: as_written(), kind: ScalarKind::Number }),
        Raw::Text(text) => Value::Scalar(Scalar { text, kind: ScalarKind::Text }),
        Raw::List(items) => Value::List(items.into_iter().map(|item| node(item, text)).collect()),
        Raw::Map(entries) => Value::Map(entries.into_iter().map(|entry| pair(entry, text)).collect()),
    };
    if let Value::Map(entries) = &value
        && let Some((key, _)) = entries.first()
        && at.end == at.start
    {
        at = key.at;
    }
    Node { at, value }
}

/// Returns the tag before a value (`!Ref`), unless it is one of YAML's own (`!!str`).
fn own_tag(text: &str, at: At) -> Option<&str> {
    let before = text.get(..at.start)?.trim_end_matches([' ', '\t']);
    let word = before.get(before.rfind(char::is_whitespace).map_or(0, |space| space + 1)..)?;
    let word = word.trim_start_matches(['[', '{', ',']);
    (word.len() > 1 && word.starts_with('!') && !word.starts_with("!!") && before.len() < at.start).then_some(word)
}

/// An empty value has no place of its own: it stands where its key stands.
fn pair((key, value): (Spanned<Raw>, Spanned<Raw>), text: &str) -> (Node, Node) {
    let key = node(key, text);
    let mut value = node(value, text);
    if matches!(value.value, Value::Null) {
        value.at = key.at;
    }
    (key, value)
}
