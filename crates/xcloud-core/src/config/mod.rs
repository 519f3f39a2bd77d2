//! From YAML text to [`Desired`](crate::model::Desired): every problem at once, each with its line and column.
//!
//! ```text
//! text ─► raw: nodes with places ─► shape: do they fit the tables? ─► flows, resources ─► checks ─► Desired
//! ```
//!
//! The tables in `shape` are the one description of the file: the reader's checks and the JSON Schema both follow it.

mod checks;
mod expand;
pub(crate) mod flows;
pub(crate) mod grammar;
mod load;
mod merged_tags;
pub(crate) mod names;
mod parsed_resource;
mod places;
pub(crate) mod raw;
pub(crate) mod resources;
mod schema;
mod settings;
pub(crate) mod tags;
pub(crate) mod values;

pub use expand::expand;
pub use load::load;
pub use raw::holds_secret;
pub use schema::schema;
