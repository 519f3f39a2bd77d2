//! A node of the file and its place.

/// A place in the file: bytes, and the line and column of the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct At {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) at: At,
    pub(crate) value: Value,
}

/// What a node holds. A mapping keeps every entry as written, also a repeated key.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// A scalar: its text as written, and what YAML takes it for.
#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(crate) kind: ScalarKind,
}

/// What YAML takes an unquoted scalar for; quoted text is always `Text`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScalarKind {
    Text,
    Number,
    Bool,
    /// Whatever it is, a tag that YAML itself does not know stands before it; the text is that tag.
    Tagged,
}

impl Node {
    /// Returns the text of a scalar; of one with a foreign tag none.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(Scalar { kind: ScalarKind::Tagged, .. }) => None,
            Value::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// Returns the items of a list; of anything else none.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// Returns the items of a list, or the node itself as the only one.
    pub(crate) fn one_or_many(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// Returns the entries of a mapping; of anything else none.
    pub(crate) fn entries(&self) -> &[(Node, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Returns the entries of a mapping whose key is a scalar, with the key's text; the first of repeated keys only.
    pub(crate) fn named(&self) -> Vec<(&str, &Node, &Node)> {
        let mut named: Vec<(&str, &Node, &Node)> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for (key, value) in self.entries() {
            if let Some(text) = key.text()
                && seen.insert(text)
            {
                named.push((text, key, value));
            }
        }
        named
    }

    /// Returns the value of a key, the first if it is repeated.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// Returns where a key stands, else where the mapping starts.
    pub(crate) fn key_at(&self, key: &str) -> At {
        self.entries().iter().find(|(name, _)| name.text() == Some(key)).map_or(self.at, |(name, _)| name.at)
    }

    /// Returns the text of a key's scalar.
    pub(crate) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::text)
    }

    /// Returns true for a mapping.
    pub(crate) fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    /// Returns true for a list.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.value, Value::List(_))
    }

    /// Says in an operator's words what the node is.
    pub(crate) fn form(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Scalar(Scalar { text, kind: ScalarKind::Number }) => format!("the number {text}"),
            Value::Scalar(Scalar { text, kind: ScalarKind::Tagged }) => format!("the YAML tag `{text}`"),
            Value::Scalar(Scalar { kind: ScalarKind::Text, .. }) => "text".to_owned(),
            Value::Scalar(Scalar { text, kind: ScalarKind::Bool }) => format!("the truth value {text}"),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
        }
    }
}
