//! From a network and proved bounds to rows and columns of a MILP.
//!
//! [`embed`] is the general piece: input expressions in, output expressions out, so that several
//! networks can share one problem. [`reduce`] makes of a network and a question a smaller network, and
//! [`formulate`] the whole model of it.

mod embed;
mod exact_map;
mod exact_piece;
mod inputs;
mod model;
mod piece;
mod reading;
mod reduce;
mod room;
mod scaling;

pub use embed::{Embedding, Neuron, embed};
pub use exact_piece::{PieceMaximum, Role, exact_maximum};
pub use inputs::{Inputs, add_inputs};
pub use model::{FormulationError, Model, ModelSize, formulate};
pub use piece::{Piece, piece};
pub use reduce::{Reduced, Rounding, reduce};
pub use room::Room;
