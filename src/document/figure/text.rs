//! Widths of text, and line breaks.

use plotters::style::{FontDesc, FontStyle};

use crate::document::bitmap::{FONT, register_fonts};

/// Height of a line of text as a multiple of its size.
pub(super) const LINE: f64 = 1.15;

/// Text is measured this much larger, since widths are whole units.
const ENLARGED: f64 = 16.0;
/// Width of a character as a multiple of the size, if the font cannot measure it.
const USUAL: f64 = 0.6;

/// Weight of a font.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Weight {
    Normal,
    Bold,
}

/// The font of all text.
pub(super) fn font(size: f64, weight: Weight) -> FontDesc<'static> {
    register_fonts();
    let style = match weight {
        Weight::Normal => FontStyle::Normal,
        Weight::Bold => FontStyle::Bold,
    };
    FontDesc::new(FONT.into(), size, style)
}

/// Width of a line of text in the font of the bitmaps, which is wider than most.
pub(super) fn width(text: &str, size: f64, weight: Weight) -> f64 {
    font(size * ENLARGED, weight).box_size(text).map_or_else(
        |_| text.chars().count() as f64 * size * USUAL,
        |(width, _)| f64::from(width) / ENLARGED,
    )
}

/// Breaks `text` between words into lines no wider than `room`. A longer word stays whole.
pub(super) fn wrap(text: &str, size: f64, weight: Weight, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size, weight) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_lose_no_word() {
        let text = "no finetuning, unstructured magnitude pruning";
        let lines = wrap(text, 12.0, Weight::Normal, 120.0);
        assert!(lines.len() > 1);
        assert!(
            lines
                .iter()
                .all(|line| width(line, 12.0, Weight::Normal) <= 120.0)
        );
        assert_eq!(lines.join(" "), text);
        assert!(wrap(" ", 12.0, Weight::Normal, 120.0).is_empty());
    }
}
