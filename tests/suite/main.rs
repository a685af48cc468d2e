//! The tests of the whole: each module says what it is there to prove.

mod brute_force;
mod fixed_input;
mod sound_bounds;
mod support;
