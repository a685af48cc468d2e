//! Commands on a results folder: `reproduce`, `work`, `status`, `pack`, `slurm`, and the workers that
//! they start.

mod keys;
pub mod pack;
pub mod reproduce;
pub mod slurm;
pub mod status;
pub mod work;
pub mod worker;
