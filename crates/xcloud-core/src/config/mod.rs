//! From YAML text to [`Desired`](crate::model::Desired): every problem at once, each with its line and column.
//!
//! ```text
//! text ─► raw: nodes with places ─► shape: do they fit the tables? ─► flows, resources ─► checks ─► Desired
//! ```
//!
//! The tables in `shape` are the one description of the file: the reader's checks and the JSON Schema both follow it.

mod checks;
mod draft;
mod expand;
mod flows;
mod load;
mod lower;
mod names;
mod places;
mod raw;
mod resources;
mod schema;
mod settings;
mod shape;

pub use expand::expand;
pub use load::load;
pub(crate) use lower::is_wide;
pub(crate) use raw::Fault;
pub use raw::holds_secret;
pub use schema::schema;
