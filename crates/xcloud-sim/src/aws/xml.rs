//! XML: a writer for answers, and a small tree for Route 53's requests.

use std::fmt::Display;

use quick_xml::escape::escape;
use quick_xml::events::Event;

use super::failure::Failure;

/// A piece of XML under construction.
#[derive(Debug, Clone, Default)]
pub(super) struct Xml(String);

impl Xml {
    /// Starts an empty piece.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds `<name>value</name>`.
    pub(super) fn text(mut self, name: &str, value: impl Display) -> Self {
        let value = value.to_string();
        self.element(name, "", &escape(value.as_str()));
        self
    }

    /// Adds an element if there is a value.
    pub(super) fn maybe(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// Adds `<name>` around another piece.
    pub(super) fn nest(mut self, name: &str, inner: &Self) -> Self {
        self.element(name, "", &inner.0);
        self
    }

    /// Adds an element with attributes around another piece.
    pub(super) fn nest_in_namespace(mut self, name: &str, namespace: &str, inner: &Self) -> Self {
        self.element(name, &format!(" xmlns=\"{namespace}\""), &inner.0);
        self
    }

    fn element(&mut self, name: &str, attributes: &str, inner: &str) {
        for piece in ["<", name, attributes, ">", inner, "</", name, ">"] {
            self.0.push_str(piece);
        }
    }

    /// Adds `<name><item>..</item>..</name>`.
    pub(super) fn list(self, name: &str, item: &str, pieces: impl IntoIterator<Item = Self>) -> Self {
        let inner = pieces.into_iter().fold(Self::new(), |all, piece| all.nest(item, &piece));
        self.nest(name, &inner)
    }

    /// Adds `<name><item>text</item>..</name>`.
    pub(super) fn texts(self, name: &str, item: &str, values: impl IntoIterator<Item = impl Display>) -> Self {
        let inner = values.into_iter().fold(Self::new(), |all, value| all.text(item, value));
        self.nest(name, &inner)
    }

    /// Adds another piece behind this one.
    pub(super) fn join(mut self, other: &Self) -> Self {
        self.0.push_str(&other.0);
        self
    }

    /// Returns the document with its declaration.
    pub(super) fn document(&self) -> String {
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", self.0)
    }
}

/// An element of a request document.
#[derive(Debug, Clone, Default)]
pub(super) struct Element {
    pub(super) name: String,
    text: String,
    pub(super) children: Vec<Self>,
}

impl Element {
    /// Reads a document and returns its root.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Failure> {
        let malformed = || Failure::new("MalformedInput", "The request document cannot be read");
        let text = std::str::from_utf8(body).map_err(|_| malformed())?;
        let mut reader = quick_xml::Reader::from_str(text);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().map_err(|_| malformed())? {
                Event::Start(tag) => open.push(Self::named(tag.local_name().as_ref())),
                Event::Empty(tag) => {
                    let parent = open.last_mut().ok_or_else(malformed)?;
                    parent.children.push(Self::named(tag.local_name().as_ref()));
                }
                Event::End(_) => {
                    let closed = open.pop().ok_or_else(malformed)?;
                    open.last_mut().ok_or_else(malformed)?.children.push(closed);
                }
                Event::Text(text) => {
                    let text = text.decode().map_err(|_| malformed())?;
                    open.last_mut().ok_or_else(malformed)?.text.push_str(&text);
                }
                Event::GeneralRef(reference) => {
                    let name = reference.decode().map_err(|_| malformed())?;
                    let resolved =
                        quick_xml::escape::unescape(&format!("&{name};")).map_err(|_| malformed())?.into_owned();
                    open.last_mut().ok_or_else(malformed)?.text.push_str(&resolved);
                }
                Event::CData(text) => {
                    let text = text.decode().map_err(|_| malformed())?;
                    open.last_mut().ok_or_else(malformed)?.text.push_str(&text);
                }
                Event::Eof => break,
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => {}
            }
        }
        if open.len() != 1 {
            return Err(malformed());
        }
        open.pop().and_then(|mut root| root.children.pop()).ok_or_else(malformed)
    }

    fn named(name: &[u8]) -> Self {
        Self { name: String::from_utf8_lossy(name).into_owned(), ..Self::default() }
    }

    /// Returns the first child of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Returns the text of the first child of that name, without surrounding space.
    pub(super) fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }
}
