//! Arithmetic without rounding, for what f64 cannot decide: dyadic numbers, which every f64 is one of, and
//! small linear programs over integers.

mod dyadic;
mod program;
mod round;

pub use dyadic::Dyadic;
pub use program::{Maximum, Program};
pub use round::round_up;
