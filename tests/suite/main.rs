//! The tests of the whole: each module says what it is there to prove.

mod archived_results;
mod bad_files;
mod bad_input;
mod brute_force;
mod campaign;
mod commands;
mod damaged_results;
mod descriptions;
mod embedding;
mod examples;
mod extreme;
mod faults;
mod fixed_input;
#[cfg(unix)]
mod fuzz;
#[cfg(feature = "wgpu")]
mod gpu;
#[cfg(unix)]
mod interrupt;
#[cfg(unix)]
mod largest;
mod layers;
mod many;
mod mnist;
mod names;
mod objectives;
mod optimum;
mod outputs;
mod program;
mod published;
mod random_instances;
mod regions;
mod regression;
mod relaxation_bounds;
mod report;
mod rows;
mod saved_inputs;
#[cfg(unix)]
mod slurm;
mod solver;
mod solving;
mod sound_bounds;
#[cfg(unix)]
mod stopped;
mod strict;
mod support;
mod two_stage;
mod verification;
mod wall_clock;
mod warnings;
mod witness;
mod wording;
