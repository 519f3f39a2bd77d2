//! Compares values with the files under `tests/frozen`, byte for byte but for what is blanked.
//!
//! Blanked are sentences for people (under `text`, `message`, `hint`, `reasons`) and what is random or of this machine:
//! run ids (numbered in the order in which they appear), request ids, moments, who ran it, versions, folders.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// Keys of sentences for people.
const SENTENCES: [&str; 4] = ["text", "message", "hint", "reasons"];

/// Keys under which a string is a moment.
const MOMENTS: [&str; 2] = ["declared_at", "detected_at"];

/// Milliseconds since 1970 are more than so many, and durations are less.
const EARLIEST_MS: u64 = 1_000_000_000_000;

/// A value that is not longer stands in one line of a file.
const COLUMNS: usize = 120;

/// How many differing lines of a file are shown.
const SHOWN: usize = 12;

/// Returns the folder of all frozen files. Two crates compile this file.
pub(crate) fn root() -> PathBuf {
    let inside = |folder: &&Path| folder.join("tests/frozen").is_dir();
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(inside).expect("there is tests/frozen");
    top.join("tests/frozen")
}

/// Compares every value with its file in a folder that holds nothing else. With `FREEZE=1` it writes the files.
///
/// # Panics
/// If a file differs, is missing, or belongs to no value: with the first differing lines of each.
pub(crate) fn hold(folder: &str, values: Vec<(String, Value)>) {
    let dir = root().join(folder);
    let values = told_once(values);
    let mut wrong = String::new();
    let mut names = BTreeSet::new();
    for (name, value) in values {
        let file = format!("{}.json", name.replace(' ', "-"));
        let found = pretty(&blanked(value));
        let path = dir.join(&file);
        assert!(names.insert(file), "two values are called {folder}/{name}");
        if freezes() {
            std::fs::create_dir_all(&dir).expect("the folder can be made");
            std::fs::write(&path, &found).expect("the file can be written");
        }
        match std::fs::read_to_string(&path) {
            Ok(frozen) if frozen == found => {}
            Ok(frozen) => wrong.push_str(&difference(&path, &frozen, &found)),
            Err(error) => writeln!(wrong, "{}: {error}", path.display()).expect("a string takes text"),
        }
    }
    for stranger in strangers(&dir, &names) {
        if freezes() {
            std::fs::remove_file(&stranger).expect("the file can be removed");
        } else {
            writeln!(wrong, "{}: nothing is called so any more", stranger.display()).expect("a string takes text");
        }
    }
    assert!(wrong.is_empty(), "frozen files differ; if that is wanted, FREEZE=1 writes them again\n{wrong}");
}

/// Replaces what stands in plan after plan of a folder, as long as it stays the same: which places are read, and how
/// the rules stand.
fn told_once(mut values: Vec<(String, Value)>) -> Vec<(String, Value)> {
    let mut last = BTreeMap::new();
    values.iter_mut().for_each(|(name, value)| once(name, value, &mut last));
    values
}

fn once(name: &str, value: &mut Value, last: &mut BTreeMap<&'static str, (String, String)>) {
    match value {
        Value::Object(fields) if fields.contains_key("format_version") => {
            for key in ["places", "rules"] {
                let Some(found) = fields.get_mut(key) else { continue };
                let text = found.to_string();
                match last.get(key) {
                    Some((first, known)) if *known == text => *found = format!("as in {first}").into(),
                    _ => drop(last.insert(key, (name.to_owned(), text))),
                }
            }
        }
        Value::Object(fields) => fields.iter_mut().for_each(|(_, value)| once(name, value, last)),
        Value::Array(items) => items.iter_mut().for_each(|item| once(name, item, last)),
        _ => {}
    }
}

/// Returns the value as JSON: what fits into a line stands in one.
fn pretty(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    text.push('\n');
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    let line = value.to_string();
    let parts: Vec<(String, &Value)> = match value {
        _ if depth > 0 && line.len() + depth <= COLUMNS => Vec::new(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (format!("{}: ", json!(key)), value)).collect(),
        Value::Array(items) => items.iter().map(|item| (String::new(), item)).collect(),
        _ => Vec::new(),
    };
    if parts.is_empty() {
        return text.push_str(&line);
    }
    let (open, close) = if value.is_array() { ('[', ']') } else { ('{', '}') };
    text.push(open);
    let indent = " ".repeat(depth);
    for (at, (key, value)) in parts.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        write!(text, "{comma}\n {indent}{key}").expect("a string takes text");
        write(text, value, depth + 1);
    }
    write!(text, "\n{indent}{close}").expect("a string takes text");
}

fn freezes() -> bool {
    std::env::var("FREEZE").is_ok_and(|value| value == "1")
}

fn strangers(dir: &Path, names: &BTreeSet<String>) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok);
    let stranger = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        path.is_file() && !names.contains(name)
    };
    listed.map(|entry| entry.path()).filter(stranger).collect()
}

/// Returns the first lines in which two texts differ, each with the keys that lead to it.
fn difference(path: &Path, frozen: &str, found: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (frozen.lines().collect(), found.lines().collect());
    let first = old.iter().zip(&new).position(|(one, other)| one != other).unwrap_or(old.len().min(new.len()));
    let mut text = format!("{}:{} at {}\n", path.display(), first + 1, keys_to(&old, first));
    let until = old.len().max(new.len()).min(first + SHOWN);
    for (mark, lines, others) in [('-', &old, &new), ('+', &new, &old)] {
        for at in (first..until).filter(|at| lines.get(*at) != others.get(*at)) {
            let line = lines.get(at).copied().unwrap_or_default();
            writeln!(text, "  {mark} {line}").expect("a string takes text");
        }
    }
    writeln!(text, "  ({} lines are frozen, {} were found)", old.len(), new.len()).expect("a string takes text");
    text
}

/// Returns the keys under which a line of pretty JSON stands: the lines before it that are indented less.
fn keys_to(lines: &[&str], at: usize) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut keys = Vec::new();
    let mut depth = lines.get(at).map_or(0, |line| indent(line));
    for line in lines.iter().take(at).rev().filter(|line| line.ends_with(['{', '['])) {
        if indent(line) < depth {
            depth = indent(line);
            keys.push(line.trim().split(':').next().unwrap_or_default().trim_matches(['"', '{', '[']));
        }
    }
    keys.reverse();
    keys.join("/")
}

/// Returns the value with a placeholder for everything that is blanked.
pub(crate) fn blanked(mut value: Value) -> Value {
    let mut blanks = Blanks { request_ids: BTreeSet::new(), runs: Vec::new() };
    request_ids(&value, &mut blanks.request_ids);
    blanks.value(&mut value);
    value
}

fn request_ids(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| match value {
            Value::String(id) if key == "request_id" => {
                found.insert(id.clone());
            }
            Value::Array(ids) if key == "request_ids" => {
                found.extend(ids.iter().filter_map(|id| id.as_str().map(str::to_owned)));
            }
            value => request_ids(value, found),
        }),
        Value::Array(items) => items.iter().for_each(|item| request_ids(item, found)),
        _ => {}
    }
}

/// What was found to blank in one file.
struct Blanks {
    request_ids: BTreeSet<String>,
    /// Run ids in the order in which they appear.
    runs: Vec<String>,
}

impl Blanks {
    fn value(&mut self, value: &mut Value) {
        match value {
            Value::Object(fields) => fields.iter_mut().for_each(|(key, value)| self.field(key, value)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::String(text) => *text = self.text(text),
            _ => {}
        }
    }

    fn field(&mut self, key: &str, value: &mut Value) {
        match value {
            // A TXT record has its value under `text` too.
            Value::String(text) if SENTENCES.contains(&key) && !text.starts_with("v=1;") => "...".clone_into(text),
            Value::Array(items) if SENTENCES.contains(&key) => {
                items.iter_mut().filter(|item| item.is_string()).for_each(|item| *item = "...".into());
            }
            Value::String(text) if MOMENTS.contains(&key) => "<moment>".clone_into(text),
            Value::String(text) if key == "by" => "<operator>".clone_into(text),
            Value::String(text) if key == "version" => "<version>".clone_into(text),
            Value::String(text) if key == "config" || key == "file" => {
                let name = Path::new(text.as_str()).file_name().and_then(|name| name.to_str()).unwrap_or_default();
                *text = name.to_owned();
            }
            Value::Number(number) if moment(key, number) => *value = "<moment>".into(),
            value => self.value(value),
        }
    }

    fn text(&mut self, text: &str) -> String {
        let mut rest = text;
        let mut masked = String::new();
        while !rest.is_empty() {
            let word = rest.find(|one: char| !is_of_an_id(one)).unwrap_or(rest.len());
            let (id, behind) = rest.split_at(word);
            masked.push_str(&self.word(id));
            let next = behind.find(is_of_an_id).unwrap_or(behind.len());
            masked.push_str(&behind[..next]);
            rest = &behind[next..];
        }
        masked
    }

    /// Returns the word; in place of a run's id, with which it may begin, the number of that run.
    fn word(&mut self, word: &str) -> String {
        if self.request_ids.contains(word) {
            return "<request id>".to_owned();
        }
        let Some(length) = [36, 32].into_iter().find(|length| word.get(..*length).is_some_and(is_run)) else {
            return word.to_owned();
        };
        let (id, behind) = word.split_at(length);
        let at = self.runs.iter().position(|run| run == id).unwrap_or_else(|| {
            self.runs.push(id.to_owned());
            self.runs.len() - 1
        });
        format!("<run {}>{behind}", at + 1)
    }
}

/// The words of run ids and tokens, which are a run's id with a step behind it.
fn is_of_an_id(one: char) -> bool {
    one.is_ascii_alphanumeric() || one == '-'
}

/// A UUID of version 7 of these years, with dashes or without.
fn is_run(text: &str) -> bool {
    let digits: Vec<char> = text.chars().filter(|one| *one != '-').collect();
    let dashes: Vec<usize> = text.char_indices().filter(|(_, one)| *one == '-').map(|(at, _)| at).collect();
    let hex = digits.iter().all(|one| one.is_ascii_digit() || ('a'..='f').contains(one));
    let shape = dashes == [8, 13, 18, 23] || (dashes.is_empty() && text.len() == 32);
    shape && hex && digits.len() == 32 && digits[0] == '0' && digits[1] == '1' && digits[12] == '7'
}

fn moment(key: &str, number: &serde_json::Number) -> bool {
    let number = number.as_u64().unwrap_or_default();
    // From a moment that was typed to the time of the test.
    key == "created" || key == "detection_to_commit_ms" || (key.ends_with("_ms") && number > EARLIEST_MS)
}

#[test]
fn only_sentences_and_what_is_random_is_blanked() {
    let run = "01a22384-340e-72e9-87b9-49bb75a74258";
    let (request, subscription) = ("cc04e6d8-23dd-e847-392f-7731fd376452", "11111111-2222-3333-4444-555555555555");
    let value = json!({
        "run": run, "token": format!("{run}-s001"), "other": run.replace('-', ""), "by": "me@here", "version": "0.1.0",
        "text": "a sentence", "why": format!("it said no ({request})"), "request_ids": [request],
        "record": {"text": format!("v=1;epoch=1;run={run}")}, "at_ms": 1_795_892_228_460_u64, "elapsed_ms": 80,
        "config": "/tmp/x/xcloud.yaml", "subscription": subscription, "reasons": ["one", "two"], "format": 1,
    });
    let expected = json!({
        "run": "<run 1>", "token": "<run 1>-s001", "other": "<run 2>", "by": "<operator>", "version": "<version>",
        "text": "...", "why": "it said no (<request id>)", "request_ids": ["<request id>"],
        "record": {"text": "v=1;epoch=1;run=<run 1>"}, "at_ms": "<moment>", "elapsed_ms": 80,
        "config": "xcloud.yaml", "subscription": subscription, "reasons": ["...", "..."], "format": 1,
    });
    assert_eq!(blanked(value).to_string(), expected.to_string());
}

#[test]
fn a_difference_names_the_file_the_line_and_the_keys() {
    let told = difference(
        Path::new("x.json"),
        "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n",
        "{\n  \"a\": {\n    \"b\": 2\n  }\n}\n",
    );
    assert!(told.starts_with("x.json:3 at /a\n  -     \"b\": 1\n"), "{told}");
    assert!(told.contains("\n  +     \"b\": 2\n"), "{told}");
}
