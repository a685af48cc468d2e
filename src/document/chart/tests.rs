//! Charts of realistic and of unusual data: everything is within the chart, and no texts overlap.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::pen::{Lettering, Place, SCALE};
use super::{Axis, Chart, Corner, Curve, Form, Panel, Point, Scale};

const LIMIT: f64 = 300.0;
const RATES: [f64; 5] = [0.3, 0.5, 0.8, 0.9, 0.95];
const ROWS: [&str; 3] = [
    "no finetuning",
    "finetuning, its time not counted",
    "finetuning, its time counted",
];

/// Log-normal seconds; one run in ten found nothing.
fn random_seconds(random: &mut ChaCha8Rng, middle: f64) -> Option<f64> {
    // The sum of twelve uniform numbers is close enough to normal.
    let normal = (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
    let time = (middle + 1.6 * normal).exp();
    (time < LIMIT && random.random_bool(0.9)).then_some(time)
}

fn seconds(label: &str) -> Axis {
    Axis {
        label: label.to_owned(),
        scale: Scale::Log { least: 1e-4 },
        limit: Some((LIMIT, String::from("limit of 300 s"))),
    }
}

fn names(count: usize) -> Vec<String> {
    (0..count)
        .map(|kind| format!("surrogate of kind {kind}"))
        .collect()
}

fn panel(random: &mut ChaCha8Rng, row: usize, column: usize) -> Panel {
    let points = (0..80).map(|index| {
        let finetuning = if row == 2 {
            150.0 + index as f64 * 5.0
        } else {
            0.0
        };
        let surrogate = random_seconds(random, 0.3 - 0.5 * column as f64);
        Point {
            x: random_seconds(random, 0.8),
            y: surrogate.map(|time| time + finetuning),
            kind: index % 2,
            hover: format!("instance {index} <dense & surrogate>"),
        }
    });
    Panel {
        points: points.collect(),
        notes: vec![
            (Corner::TopLeft, String::from("28.8%")),
            (Corner::BottomRight, String::from("71.3%")),
            (Corner::AboveLeft, String::from("n = 80")),
            (Corner::AboveRight, String::from("×12")),
        ],
        ..Panel::default()
    }
}

fn grid() -> Chart {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut row = |row| {
        (0..RATES.len())
            .map(|column| panel(&mut random, row, column))
            .collect()
    };
    Chart {
        title: String::from("Time to find an adversarial input on MNIST"),
        x: seconds("dense network: seconds"),
        y: seconds("surrogate: seconds"),
        columns: RATES.iter().map(|rate| format!("rate {rate}")).collect(),
        rows: ROWS.iter().map(ToString::to_string).collect(),
        panels: (0..ROWS.len()).map(&mut row).collect(),
        kinds: names(2),
        missing: Some(String::from(
            "nothing found (solver ended, or limit of 300 s)",
        )),
        identity: Some(String::from("equal times")),
    }
}

/// A grid of one panel with points at these times.
fn single(times: &[(Option<f64>, Option<f64>)]) -> Chart {
    let points = times.iter().map(|&(x, y)| Point {
        x,
        y,
        kind: 0,
        hover: String::from("an instance"),
    });
    Chart {
        columns: vec![String::from("rate 0.5")],
        rows: vec![String::from("no finetuning")],
        panels: vec![vec![Panel {
            points: points.collect(),
            ..Panel::default()
        }]],
        kinds: names(1),
        ..grid()
    }
}

fn curves(form: Form, x: Axis, y: Scale, all: Vec<Vec<(f64, f64)>>) -> Chart {
    let curve = |(kind, values)| Curve { kind, form, values };
    Chart {
        title: String::from("Share of instances with an adversarial input found"),
        x,
        y: Axis {
            label: String::from("instances"),
            scale: y,
            limit: None,
        },
        kinds: names(all.len()),
        panels: vec![vec![Panel {
            curves: all.into_iter().enumerate().map(curve).collect(),
            ..Panel::default()
        }]],
        ..Chart::default()
    }
}

fn steps(lines: usize) -> Chart {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let mut line = || {
        let mut times: Vec<f64> = (0..80)
            .filter_map(|_| random_seconds(&mut random, 0.5))
            .collect();
        times.sort_by(f64::total_cmp);
        let shares = (1..=80).map(|found| 100.0 * f64::from(found) / 80.0);
        times.into_iter().zip(shares).collect()
    };
    let all = (0..lines).map(|_| line()).collect();
    curves(Form::Steps, seconds("seconds"), Scale::Percent, all)
}

fn bars(values: &[f64]) -> Chart {
    let x = Axis {
        scale: Scale::Names(names(values.len())),
        ..Axis::default()
    };
    let bars = |sign: f64| {
        (0..)
            .map(f64::from)
            .zip(values.iter().map(|v| sign * v))
            .collect()
    };
    curves(Form::Bars, x, Scale::Linear, vec![bars(1.0), bars(-0.5)])
}

/// The value of an attribute of an SVG element.
fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = element.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

fn number(element: &str, name: &str) -> i32 {
    let value = attribute(element, name).unwrap_or_else(|| panic!("{name} in {element}"));
    value.parse::<f64>().unwrap() as i32
}

/// The texts of an SVG document with their top left and bottom right corners.
fn texts(svg: &str) -> Vec<(&str, [Place; 2])> {
    let elements = svg.split("<text").skip(1);
    let text = |element: &'_ str| {
        let (start, rest) = element.split_once('>').unwrap();
        let text = rest.split("</text>").next().unwrap().trim();
        let size: f64 = attribute(start, "font-size").unwrap().parse().unwrap();
        let size = size * 1.24 / f64::from(SCALE);
        let lettering = Lettering::of(size);
        let lettering = if start.contains("bold") {
            lettering.bold()
        } else {
            lettering
        };
        let (width, half) = (lettering.width(text), lettering.lines(1) / 2 - 4);
        let before = match attribute(start, "text-anchor") {
            Some("middle") => width / 2,
            Some("end") => width,
            _ => 0,
        };
        let (x, y) = (number(start, "x"), number(start, "y"));
        match attribute(start, "transform") {
            None => [(x - before, y - half), (x - before + width, y + half)],
            Some(turn) if turn.contains("rotate(90") => {
                [(x - half, y - before), (x + half, y - before + width)]
            }
            Some(_) => [(x - half, y + before - width), (x + half, y + before)],
        }
    };
    elements
        .map(|element| {
            let (_, rest) = element.split_once('>').unwrap();
            (rest.split("</text>").next().unwrap().trim(), text(element))
        })
        .collect()
}

/// The centres of the areas of tooltips.
fn hovers(chart: &Chart) -> Vec<Place> {
    let svg = chart.svg().unwrap();
    let circles = svg
        .split("<circle")
        .filter(|element| element.contains("<title>"));
    circles
        .map(|circle| (number(circle, "cx"), number(circle, "cy")))
        .collect()
}

/// Checks that texts are within the chart and do not overlap.
fn check(chart: &Chart) {
    let svg = chart.svg().unwrap();
    assert!(!svg.contains("NaN"));
    let size = attribute(&svg, "viewBox").unwrap().split(' ').skip(2);
    let size: Vec<i32> = size.map(|length| length.parse().unwrap()).collect();
    let texts = texts(&svg);
    for (index, (text, [from, to])) in texts.iter().enumerate() {
        let within = from.0 >= 0 && from.1 >= 0 && to.0 <= size[0] && to.1 <= size[1];
        assert!(
            within,
            "{text:?} from {from:?} to {to:?} is outside {size:?}"
        );
        for (other, [low, high]) in &texts[..index] {
            let apart = to.0 <= low.0 || high.0 <= from.0 || to.1 <= low.1 || high.1 <= from.1;
            assert!(apart, "{text:?} overlaps {other:?}");
        }
    }
}

#[test]
fn realistic_charts_contain_everything_without_overlapping_text() {
    let grid = grid();
    check(&grid);
    check(&Chart {
        panels: grid.panels[..2].to_vec(),
        rows: grid.rows[..2].to_vec(),
        ..grid
    });
    for lines in [0, 1, 6, 30] {
        check(&steps(lines));
    }
    check(&bars(&[1.0, 3.5, 12.0, 7.0]));
    let line = (0..50)
        .map(|x| (f64::from(x), (f64::from(x) / 8.0).sin()))
        .collect();
    check(&curves(
        Form::Line,
        Axis::default(),
        Scale::Linear,
        vec![line],
    ));
}

#[test]
fn odd_data_has_a_chart() {
    let some = Some;
    let cases: [&[(Option<f64>, Option<f64>)]; 8] = [
        &[],
        &[(None, None)],
        &[(some(5.0), None)],
        &[(some(5.0), some(5.0)), (some(5.0), some(5.0))],
        &[(some(0.0), some(-1.0))],
        &[(some(f64::NAN), some(f64::INFINITY))],
        &[(some(1e-9), some(1e9))],
        &[(some(LIMIT), some(2.0 * LIMIT))],
    ];
    for times in cases {
        check(&single(times));
    }
    for values in [
        &[][..],
        &[0.0],
        &[1e300, -1e300],
        &[f64::NAN, f64::INFINITY],
    ] {
        check(&bars(values));
        let values: Vec<_> = values.iter().map(|value| (*value, *value)).collect();
        for form in [Form::Steps, Form::Line] {
            let axis = Axis::default();
            check(&curves(form, axis, Scale::Linear, vec![values.clone()]));
            let axis = seconds("seconds");
            check(&curves(form, axis, Scale::Percent, vec![values.clone()]));
        }
    }
    check(&Chart::default());
}

#[test]
fn points_that_lack_a_coordinate_are_on_the_edges() {
    let found = Some(2.0);
    let times = [
        (found, found),
        (found, None),
        (None, found),
        (None, None),
        (None, None),
    ];
    let at = hovers(&single(&times));
    let limit = hovers(&single(&[(Some(LIMIT), Some(LIMIT))]))[0];
    assert_eq!((at[1].0, at[2].1), (at[0].0, at[0].1));
    assert!(at[1].1 < limit.1 && at[2].0 > limit.0);
    for corner in &at[3..] {
        assert!(corner.0 > limit.0 && corner.1 < limit.1);
    }
    assert_ne!(at[3], at[4]);
}

#[test]
fn coordinates_are_compared_on_equal_axes() {
    let at = hovers(&single(&[(Some(2.0), Some(2.0)), (Some(30.0), Some(30.0))]));
    let [across, down] = [at[1].0 - at[0].0, at[0].1 - at[1].1];
    assert!((across - down).abs() <= 1, "{across} {down}");
}

#[test]
fn the_svg_is_the_same_each_time_without_ids_and_with_escaped_hovers() {
    let svg = grid().svg().unwrap();
    assert_eq!(svg, grid().svg().unwrap());
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert!(!svg.contains(" id="));
    assert_eq!(svg.matches("<title>").count(), 15 * 80);
    assert!(svg.contains("<title>instance 7 &lt;dense &amp; surrogate&gt;</title>"));
    assert!(texts(&svg).iter().any(|(text, _)| *text == "71.3%"));
}

#[test]
fn the_png_is_whole_and_the_same_each_time() {
    let bytes = steps(6).png().unwrap();
    assert_eq!(bytes, steps(6).png().unwrap());
    let decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    let width = number(&steps(6).svg().unwrap(), "width") as u32;
    let pixels = decoder.read_info().unwrap().info().width;
    assert!(pixels.abs_diff(2 * width) <= 2, "{pixels} {width}");
}
