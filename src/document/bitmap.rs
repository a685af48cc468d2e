//! What all drawings share: the font, and PNG.

use std::sync::Once;

use plotters::style::{FontStyle, register_font};

/// Font family of all text: built into the program for bitmaps, the viewer's own in SVG.
pub const FONT: &str = "sans-serif";

/// Registers [`FONT`] with the bitmap backend.
pub fn register_fonts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // A font that does not load shows as a drawing error with its reason.
        let _ = register_font(FONT, FontStyle::Normal, dejavu::sans::regular());
        let _ = register_font(FONT, FontStyle::Bold, dejavu::sans::bold());
    });
}

/// Encodes `pixels` (red, green, blue; row by row) as PNG.
///
/// # Panics
/// When they do not fill the picture.
pub fn png(pixels: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("a picture with a size");
    writer
        .write_image_data(pixels)
        .expect("pixels that fill the picture");
    drop(writer);
    bytes
}
