//! Positions in a figure.

/// Distances to the right of and below the top left corner, in the units of the figure's width.
pub(super) type Place = (f64, f64);
