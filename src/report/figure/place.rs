//! Where something lies in a figure.

/// Rightwards and downwards from the top left corner, in the units of the figure's width.
pub(super) type Place = (f64, f64);
