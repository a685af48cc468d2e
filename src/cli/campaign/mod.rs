//! Commands on a folder of results: `reproduce`, `work`, `status`, `pack`, and the workers they start.

pub mod pack;
pub mod reproduce;
pub mod status;
pub mod work;
pub mod worker;
