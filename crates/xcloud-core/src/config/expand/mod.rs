//! The expansion as a file: resources one by one, with what only the cloud knows left as selectors and ranges.

mod accounts;
mod file;
mod settings;
mod yaml;

pub use file::expand;
