//! The tables are sound: sorted, said in sentences, and read back as they were written.

use super::{Class, NoteCode, ProblemCode};
use crate::plan::Note;

fn is_sound(codes: &[(String, &str)]) {
    assert!(codes.is_sorted_by(|a, b| a.0 < b.0), "sorted, each once");
    for (code, about) in codes {
        assert!(code.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{code}");
        assert!(about.starts_with(|c: char| c.is_uppercase() || "`x".contains(c)) && about.ends_with('.'), "{code}");
        assert!(about.len() > 30 && !about.contains(" |"), "{code}: {about}");
    }
}

#[test]
fn every_code_is_documented_and_stands_once_in_its_list() {
    is_sound(&ProblemCode::ALL.iter().map(|code| (code.to_string(), code.about())).collect::<Vec<_>>());
    is_sound(&NoteCode::ALL.iter().map(|code| (code.to_string(), code.about())).collect::<Vec<_>>());
}

#[test]
fn a_code_is_written_as_its_text_and_read_back() {
    for code in NoteCode::ALL {
        let text = serde_json::to_string(code).expect("written");
        assert_eq!(text, format!("\"{code}\""));
        assert_eq!(&serde_json::from_str::<NoteCode>(&text).expect("read"), code);
    }
    for code in ProblemCode::ALL {
        assert_eq!(serde_json::to_value(code).expect("written"), code.as_str());
    }
}

#[test]
fn a_note_of_another_version_keeps_what_it_said() {
    let text = r#"{"level":"warning","code":"moon-phase","addr":null,"text":"the moon is full"}"#;
    let note: Note = serde_json::from_str(text).expect("read");
    assert_eq!((note.code.as_str(), note.code.class()), ("moon-phase", None));
    assert_eq!(serde_json::to_string(&note).expect("written"), text);
}

#[test]
fn what_does_not_exist_is_missing_for_drift_whatever_its_code_is_called() {
    let missing: Vec<&str> =
        ProblemCode::ALL.iter().filter(|code| code.class() == Some(Class::Missing)).map(ProblemCode::as_str).collect();
    assert_eq!(
        missing.join(" "),
        "frontend-missing listener-missing load-balancer-not-found location-missing nsg-missing pin-missing \
         policy-missing principal-missing reference-missing resource-group-missing service-missing subnet-missing subnet-not-found \
         vpc-not-found zone-missing zone-not-found"
    );
}
