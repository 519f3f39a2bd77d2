//! What is random or of this machine, masked: ids, moments of the wall clock, the time between them, the
//! host, processes.
#![cfg(unix)]

/// Returns a screen as it is everywhere.
pub(crate) fn masked(screen: &str) -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    screen.lines().map(|line| ids(&moment(&process(line))).replace(&format!("@{host}"), "@host") + "\n").collect()
}

/// Masks the number of a process.
fn process(line: &str) -> String {
    let Some((before, after)) = line.split_once("(process ") else { return line.to_owned() };
    format!("{before}(process <pid>{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// Masks the first moment of a line; behind it, what the wall clock measured.
fn moment(line: &str) -> String {
    let is_moment = |text: &str| like(text, "0000-00-00 00:00:00");
    let Some(at) = (0..line.len()).find(|at| line.get(*at..at + 19).is_some_and(is_moment)) else {
        return line.to_owned();
    };
    let (before, after) = (&line[..at], &line[at + 19..]);
    let took = |text: &str| text.ends_with('s') && text.trim_end_matches(['m', 's']).parse::<f64>().is_ok();
    let after = match after.rsplit_once(' ') {
        Some((rest, last)) if took(last) => format!("{rest} <took>"),
        _ => after.to_owned(),
    };
    format!("{before}<moment>{after}")
}

/// Masks random ids. Those of the examples begin with one digit, eight times.
fn ids(line: &str) -> String {
    let (mut masked, mut rest) = (String::new(), line);
    while let Some(first) = rest.chars().next() {
        let id = rest.get(..36).filter(|text| like(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"));
        match id.filter(|id| id[..8].chars().any(|digit| digit != first)) {
            Some(id) => {
                masked.push_str("<id>");
                rest = &rest[id.len()..];
            }
            None => {
                masked.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    masked
}

/// Returns true if a text has a form, in which `0` stands for a digit and `x` for a hexadecimal one.
fn like(text: &str, form: &str) -> bool {
    let fits = |(found, wanted): (char, char)| match wanted {
        '0' => found.is_ascii_digit(),
        'x' => found.is_ascii_hexdigit(),
        other => found == other,
    };
    text.len() == form.len() && text.chars().zip(form.chars()).all(fits)
}

#[test]
fn what_is_random_is_masked_and_nothing_else() {
    let line = "  1  2026-11-29 06:05:20   done  apply anna@elsewhere  +11 in 22 calls 682ms";
    assert_eq!(masked(line), "  1  <moment>   done  apply anna@elsewhere  +11 in 22 calls <took>\n");
    assert_eq!(masked("run 3: bert (process 2155, `xcloud apply`)"), "run 3: bert (process <pid>, `xcloud apply`)\n");
    let line = "run 01a225e8-7451-7185-b56b-77b3a4d891f0 in 11111111-2222-3333-4444-555555555555 in 4m02s";
    assert_eq!(masked(line), "run <id> in 11111111-2222-3333-4444-555555555555 in 4m02s\n");
}
