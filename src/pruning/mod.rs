//! Network pruning: which weights go, and what is left.

mod mask;

pub use mask::Mask;
