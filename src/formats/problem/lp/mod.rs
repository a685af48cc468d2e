//! Problems as CPLEX LP text.

mod read;
mod tokens;
mod write;

pub(super) use read::parse_lp;
pub use write::write_lp;

#[cfg(test)]
pub(super) use write::tests;
