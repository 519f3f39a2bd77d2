//! Tells what live objects of ours say that no config can say.

use crate::code::NoteCode;
use crate::live::Beyond;
use crate::model::Addr;
use crate::plan::Path;
use crate::plan::draft::Draft;

/// Tells every value that is not as creation gives it. No run puts it back: xcloud has no call for it.
pub(crate) fn tell(draft: &mut Draft<'_>, addr: &Addr, id: &str, beyond: &[Beyond]) {
    for one in beyond {
        tell_at(draft, addr, id, one, Path::Beyond(one.what));
    }
}

/// Tells one such value, at the part of the resource that has it.
pub(crate) fn tell_at(draft: &mut Draft<'_>, addr: &Addr, id: &str, one: &Beyond, path: Path) {
    let Beyond { what, value } = one;
    let text =
        format!("{id} has {what} {value}; it was made with {}, and no key of the config sets it", what.as_made());
    draft.note_on(NoteCode::BeyondConfig, addr, path, text);
}
