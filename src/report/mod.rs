//! What people look at: pictures made from results alone.

mod bitmap;
mod figure;
mod markup;
mod page;
mod picture;

pub use figure::{AnytimeLine, AnytimePlot, FigureError, Panel, Point, ScatterGrid};
pub use page::{Page, PageFigure, PageRow, PageTable, Section};
pub use picture::{AdversarialPicture, PictureError};
