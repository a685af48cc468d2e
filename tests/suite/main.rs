//! The tests of the whole: each module says what it is there to prove.

mod brute_force;
mod fixed_input;
mod layers;
mod published;
mod sound_bounds;
mod support;
