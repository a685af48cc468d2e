//! Charts of realistic and of unusual data: everything is within the chart, and no texts overlap.

use super::pen::{Lettering, Place, SCALE};
use super::{Axis, Chart, Corner, Curve, Form, Panel, Point, Scale};

const LIMIT: f64 = 300.0;

/// Seconds from 0.01 to the limit, spread by the golden ratio; one run in eight found nothing.
fn time(index: usize) -> Option<f64> {
    let share = (index as f64 * 0.618).fract();
    (!index.is_multiple_of(8)).then(|| 0.01 * (LIMIT / 0.01).powf(share))
}

fn seconds(label: &str) -> Axis {
    Axis::new(label, Scale::Log { least: 1e-4 }).until(LIMIT, "limit of 300 s")
}

fn names(kind: &str, count: usize) -> Vec<String> {
    (0..count).map(|index| format!("{kind} {index}")).collect()
}

fn panel(row: usize) -> Panel {
    let later = |time: f64, index: usize| {
        if row == 2 {
            time + 5.0 * index as f64
        } else {
            time
        }
    };
    let point = |index: usize| Point {
        x: time(index),
        y: time(index + 3).map(|time| later(time, index)),
        kind: index % 2,
        hover: format!("instance {index} <dense & surrogate>"),
    };
    let note = |corner, text: &str| (corner, text.to_owned());
    Panel {
        points: (0..80).map(point).collect(),
        notes: vec![
            note(Corner::TopLeft, "28.8%"),
            note(Corner::BottomRight, "71.3%"),
            note(Corner::AboveLeft, "n = 80"),
            note(Corner::AboveRight, "×12"),
        ],
        ..Panel::default()
    }
}

fn grid() -> Chart {
    Chart {
        title: String::from("Time to find an adversarial input on MNIST"),
        x: seconds("dense network: seconds"),
        y: seconds("surrogate: seconds"),
        columns: names("rate", 5),
        rows: names("finetuning of unusual length, its time counted", 3),
        panels: (0..3).map(|row| vec![panel(row); 5]).collect(),
        kinds: names("surrogate of kind", 2),
        missing: Some(String::from(
            "nothing found (solver ended, or limit of 300 s)",
        )),
        identity: Some(String::from("equal times")),
    }
}

/// A grid of one panel with points at these times.
fn single(times: &[(Option<f64>, Option<f64>)]) -> Chart {
    let (kind, hover) = (0, "an instance");
    let point = |&(x, y): &_| Point {
        x,
        y,
        kind,
        hover: hover.to_owned(),
    };
    let points = times.iter().map(point).collect();
    Chart {
        columns: names("rate", 1),
        rows: names("finetuning", 1),
        panels: vec![vec![Panel {
            points,
            ..Panel::default()
        }]],
        ..grid()
    }
}

fn curves(form: Form, x: Axis, y: Scale, all: Vec<Vec<(f64, f64)>>) -> Chart {
    let kinds = names("surrogate of kind", all.len());
    let curve = |(kind, values)| Curve { kind, form, values };
    let curves = all.into_iter().enumerate().map(curve).collect();
    Chart {
        title: String::from("Share of instances with an adversarial input found"),
        x,
        y: Axis::new("instances", y),
        kinds,
        panels: vec![vec![Panel {
            curves,
            ..Panel::default()
        }]],
        ..Chart::default()
    }
}

fn steps(lines: usize) -> Chart {
    let line = |first| {
        let mut times: Vec<f64> = (first..first + 80).filter_map(time).collect();
        times.sort_by(f64::total_cmp);
        times.into_iter().zip((1..).map(f64::from)).collect()
    };
    let all = (0..lines).map(line).collect();
    curves(Form::Steps, seconds("seconds"), Scale::Percent, all)
}

fn bars(values: &[f64]) -> Chart {
    let x = Axis::new("", Scale::Names(names("value", values.len())));
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
    let of = |element: &'_ str| -> [Place; 2] {
        let (start, text) = element.split_once('>').unwrap();
        let text = text.split("</text>").next().unwrap().trim();
        let size: f64 = attribute(start, "font-size").unwrap().parse().unwrap();
        let lettering = Lettering::of(size * 1.24 / f64::from(SCALE));
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
        let (x, y, after) = (number(start, "x"), number(start, "y"), width - before);
        match attribute(start, "transform") {
            None => [(x - before, y - half), (x + after, y + half)],
            Some(turn) if turn.contains("(90") => [(x - half, y - before), (x + half, y + after)],
            Some(_) => [(x - half, y - after), (x + half, y + before)],
        }
    };
    let elements = svg.split("<text").skip(1);
    elements
        .map(|text| (text.split(['>', '<']).nth(1).unwrap().trim(), of(text)))
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
        .map(f64::from)
        .map(|x| (x, (x / 8.0).sin()))
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
