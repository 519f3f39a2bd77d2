//! Files that are written in one piece: another reader sees the old one or the new one.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Its owner.
    Owner,
    /// Everybody whom the machine lets.
    All,
}

/// Writes a file: beside it first, then under its name.
///
/// # Errors
/// If the directory cannot be written.
pub(crate) fn write_whole(path: &Path, content: &[u8], readers: Readers) -> anyhow::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if readers == Readers::Owner { 0o600 } else { 0o666 });
    let written = options.open(&beside).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    let renamed = written.and_then(|()| std::fs::rename(&beside, path));
    renamed
        .inspect_err(|_| drop(std::fs::remove_file(&beside)))
        .with_context(|| format!("{} cannot be written", path.display()))
}
