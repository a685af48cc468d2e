//! From a network and proved bounds to rows and columns of a MILP.
//!
//! [`embed`] is the general piece: input expressions in, output expressions out, so that several
//! networks can share one problem. [`formulate`] builds the whole model of an instance on top.

mod embed;
mod inputs;
mod model;
mod piece;
mod reading;
mod scaling;

pub use embed::{Embedding, Neuron, embed};
pub use inputs::{Inputs, add_inputs};
pub use model::{FormulationError, Model, ModelSize, formulate};
pub use piece::{Piece, piece};
