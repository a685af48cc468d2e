//! From a network and proved bounds to rows and columns of a MILP.
//!
//! [`embed`] is the general part: input expressions in, output expressions out, so that several networks can share one
//! problem; [`formulate`] builds the whole model of a presolved network.

mod embed;
mod exact_map;
mod exact_piece;
mod inputs;
mod model;
mod piece;
mod reading;
mod room;

pub use embed::{Embedding, Neuron, embed};
pub use exact_piece::{PieceMaximum, Role, exact_maximum, is_empty};
pub use inputs::{Inputs, add_inputs};
pub use model::{ModelSize, NetworkMilp, formulate};
pub use piece::{Piece, piece};
pub use room::Room;
