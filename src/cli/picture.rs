//! One picture of an adversarial input: the image, the input found, and their difference.

use std::path::{Path, PathBuf};

use plotters::prelude::*;
use thiserror::Error;

use crate::document::{FONT, png, register_fonts};
use crate::files::write_whole;

/// Side of one panel in pixels, and the space around panels.
const PANEL: i32 = 336;
const MARGIN: i32 = 24;
const HEADER: i32 = 64;
const FOOTER: i32 = 64;
const TITLE_SIZE: i32 = 20;
const CAPTION_SIZE: i32 = 17;

/// Why a picture could not be written.
#[derive(Debug, Error)]
pub enum PictureError {
    #[error("the picture could not be drawn: {0}")]
    Draw(String),
    #[error("cannot write the picture {path}")]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// The content of the picture; inputs are `side * side` grey values in [0, 1], row by row.
#[derive(Debug, Clone)]
pub struct AdversarialPicture<'a> {
    pub title: String,
    pub side: usize,
    pub image: &'a [f64],
    pub adversarial: &'a [f64],
    /// Two short lines under each panel: image, adversarial input, difference.
    pub captions: [[String; 2]; 3],
}

impl AdversarialPicture<'_> {
    /// Writes the picture as PNG, atomically.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), PictureError> {
        let (width, height) = (4 * MARGIN + 3 * PANEL, HEADER + PANEL + FOOTER);
        let mut pixels = vec![255; (3 * width * height) as usize];
        self.draw(&mut pixels, (width as u32, height as u32))
            .map_err(|error| PictureError::Draw(error.to_string()))?;
        let bytes = png(&pixels, (width as u32, height as u32));
        write_whole(path, |file| file.write_all(&bytes)).map_err(|source| PictureError::Write {
            path: path.to_owned(),
            source,
        })
    }

    fn draw(&self, pixels: &mut [u8], size: (u32, u32)) -> Result<(), Box<dyn std::error::Error>> {
        register_fonts();
        let area = BitMapBackend::with_buffer(pixels, size).into_drawing_area();
        area.fill(&WHITE)?;
        let title = (FONT, TITLE_SIZE).into_font().color(&BLACK);
        area.draw(&Text::new(self.title.clone(), (MARGIN, MARGIN), title))?;
        let differences: Vec<f64> = self
            .adversarial
            .iter()
            .zip(self.image)
            .map(|(found, image)| found - image)
            .collect();
        let panels = [
            (self.image, grey as fn(f64) -> RGBColor),
            (self.adversarial, grey),
            (&differences, diverging),
        ];
        for (index, ((values, colour), caption)) in
            panels.into_iter().zip(&self.captions).enumerate()
        {
            let left = MARGIN + index as i32 * (PANEL + MARGIN);
            self.panel(&area, left, values, colour)?;
            for (line, text) in caption.iter().enumerate() {
                let top = HEADER + PANEL + 10 + line as i32 * (CAPTION_SIZE + 6);
                let style = (FONT, CAPTION_SIZE).into_font().color(&BLACK);
                area.draw(&Text::new(text.clone(), (left, top), style))?;
            }
        }
        area.present()?;
        Ok(())
    }

    fn panel<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, plotters::coord::Shift>,
        left: i32,
        values: &[f64],
        colour: fn(f64) -> RGBColor,
    ) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
        let edge = |cell: usize| cell as i32 * PANEL / self.side as i32;
        for (index, &value) in values.iter().enumerate() {
            let (row, column) = (index / self.side, index % self.side);
            let corners = [
                (left + edge(column), HEADER + edge(row)),
                (left + edge(column + 1), HEADER + edge(row + 1)),
            ];
            area.draw(&Rectangle::new(corners, colour(value).filled()))?;
        }
        let frame = [(left - 1, HEADER - 1), (left + PANEL, HEADER + PANEL)];
        area.draw(&Rectangle::new(frame, BLACK.stroke_width(1)))
    }
}

fn grey(value: f64) -> RGBColor {
    let level = level(value);
    RGBColor(level, level, level)
}

/// White is no change, red is brighter, blue is darker.
fn diverging(difference: f64) -> RGBColor {
    let other = 255 - level(difference.abs());
    if difference >= 0.0 {
        RGBColor(255, other, other)
    } else {
        RGBColor(other, other, 255)
    }
}

fn level(value: f64) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}
