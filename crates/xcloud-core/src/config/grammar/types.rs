//! What the tables are made of.

use crate::config::raw::Fault;

/// The text of a scalar: how to say it, how to check it.
pub(crate) struct Format {
    /// With an article: `a CIDR`.
    pub(crate) what: &'static str,
    /// A pattern for editors; the check is stricter.
    pub(crate) pattern: Option<&'static str>,
    /// What is wrong with a text.
    pub(crate) check: fn(&str) -> Result<(), Fault>,
}

/// The form of a value.
pub(crate) enum Type {
    /// A scalar that is text.
    Text(&'static Format),
    /// A whole number.
    Int(u64, u64),
    /// A number.
    Decimal,
    /// `true` or `false`.
    Bool,
    /// One of some words.
    Word(&'static [&'static str]),
    /// A list with at least so many items.
    List(&'static Type, usize),
    /// A mapping with free keys.
    Names(&'static Format, &'static Type),
    /// A mapping with known keys.
    Map(&'static Shape),
    /// A mapping whose known keys follow from one of them.
    Tagged(&'static str, &'static [(&'static str, &'static Shape)]),
    /// One of several forms.
    Either(&'static [Type]),
}

/// A mapping with known keys.
pub(crate) struct Shape {
    /// What the mapping is: `an environment`.
    pub(crate) what: &'static str,
    /// Its keys.
    pub(crate) keys: &'static [Key],
    /// Exactly one of the keys stands there (a selector).
    pub(crate) one_of: bool,
}

/// A known key.
pub(crate) struct Key {
    /// As written.
    pub(crate) name: &'static str,
    /// Whether it must be there.
    pub(crate) required: bool,
    /// The form of its value.
    pub(crate) of: Type,
    /// One sentence for editors.
    pub(crate) doc: &'static str,
}

impl Key {
    pub(crate) const fn must(name: &'static str, of: Type, doc: &'static str) -> Self {
        Self { name, required: true, of, doc }
    }

    pub(crate) const fn may(name: &'static str, of: Type, doc: &'static str) -> Self {
        Self { name, required: false, of, doc }
    }
}

impl Shape {
    /// Returns true if it has the key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known.name == key)
    }

    pub(crate) const fn all(what: &'static str, keys: &'static [Key]) -> Self {
        Self { what, keys, one_of: false }
    }

    pub(crate) const fn one(what: &'static str, keys: &'static [Key]) -> Self {
        Self { what, keys, one_of: true }
    }
}

impl Type {
    /// Says the form in an operator's words.
    pub(crate) fn what(&self) -> String {
        match self {
            Self::Text(format) => format.what.to_owned(),
            Self::Int(least, most) => format!("a whole number from {least} to {most}"),
            Self::Decimal => "a number".to_owned(),
            Self::Bool => "true or false".to_owned(),
            Self::Word([word]) => format!("`{word}`"),
            Self::Word(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                format!("one of {}", words.join(", "))
            }
            Self::List(of, _) => format!("a list ({} each)", of.what()),
            Self::Names(keys, of) => format!("a mapping ({}: {})", keys.what, of.what()),
            Self::Map(shape) if shape.one_of => {
                let keys: Vec<String> = shape.keys.iter().map(|key| format!("{{{}: ...}}", key.name)).collect();
                keys.join(" or ")
            }
            Self::Map(shape) => format!("{} (a mapping)", shape.what),
            Self::Tagged(key, _) => format!("a mapping with a `{key}`"),
            Self::Either(forms) => {
                let forms: Vec<String> = forms.iter().map(Self::what).collect();
                forms.join(", or ")
            }
        }
    }
}
