//! Problems as MPS text.

mod fields;
mod read;
mod write;

pub(super) use read::parse_mps;
pub use write::write_mps;
