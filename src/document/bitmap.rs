//! What all drawings share: the font, and writing pixels to a PNG file.

use std::path::Path;
use std::sync::Once;

use plotters::style::{FontStyle, register_font};

use crate::files::write_whole;

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

/// Writes `pixels` (red, green, blue; row by row) as PNG, atomically.
pub fn write_png(path: &Path, pixels: &[u8], (width, height): (u32, u32)) -> std::io::Result<()> {
    write_whole(path, |file| {
        let mut encoder = png::Encoder::new(file, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(pixels)?;
        Ok(writer.finish()?)
    })
}
