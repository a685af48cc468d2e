//! Commands on a folder of results: `reproduce`, `work`, `status`, and the workers they start.

pub mod reproduce;
pub mod status;
pub mod work;
pub mod worker;
