//! What bears the name of the room that a file is in: only of that may the file ask "is it mine?".

use std::collections::BTreeSet;

use super::closed::Variant;

/// The names of a file's folders, as variants are spelled: `Aws` and `Endpoint` for `kinds/aws_endpoint`. A small kind may be
/// one file in `kinds`; no other file is a room.
pub(super) struct Rooms(BTreeSet<String>);

impl Rooms {
    /// Returns the rooms of a file, the crate among them: all of `xcloud-aws` is a room of `Aws`.
    pub(super) fn of(name: &str, file: &str) -> Self {
        let (folders, file) = file.rsplit_once('/').unwrap_or_default();
        let folders = folders.rsplit_once("/src/").map_or("", |(_, folders)| folders);
        let small_kind = file.strip_suffix(".rs").filter(|_| folders == "kinds");
        let named = folders.split('/').chain(small_kind).chain(name.strip_prefix("xcloud-"));
        let split = |name| ["aws", "azure"].iter().find_map(|cloud| Some((*cloud, name_after(name, cloud)?)));
        Self(
            named
                .flat_map(|name| split(name).map_or(vec![name], |(cloud, kind)| vec![cloud, kind]))
                .map(camel)
                .collect(),
        )
    }

    /// Returns true if this variant is the room's own: it bears the room's name, or is one of the calls of its kind.
    pub(super) fn own(&self, variant: &Variant) -> bool {
        let kind = variant.list.strip_suffix("Op").filter(|kind| !["", "Aws", "Azure"].contains(kind));
        self.0.contains(&variant.name) || kind.is_some_and(|kind| self.0.contains(kind))
    }
}

/// `endpoint` for `aws_endpoint`.
fn name_after<'a>(name: &'a str, cloud: &str) -> Option<&'a str> {
    name.strip_prefix(cloud)?.strip_prefix('_')
}

fn camel(name: &str) -> String {
    let words = name.split('_').filter_map(|word| word.split_at_checked(1));
    words.map(|(first, rest)| first.to_uppercase() + rest).collect()
}
