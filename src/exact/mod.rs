//! Arithmetic without rounding, for what f64 cannot decide: sums, powers of two, dyadic numbers
//! (every finite f64 is one), and small linear programs with integer coefficients.

mod dyadic;
mod linear_system;
mod power;
mod program;
mod round;
mod sum;
mod tableau;

pub use dyadic::Dyadic;
pub use power::{power_of_two_below, times_power_of_two};
pub use program::{Maximum, Program};
pub use round::round_up;
pub use sum::{ExactSum, rounded_once, sum_up, two_sum};
