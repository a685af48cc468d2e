//! What people look at: pictures made from results alone.

mod picture;

pub use picture::{AdversarialPicture, PictureError};
