//! Figures of realistic and of unusual data: everything is within the figure, and no texts overlap.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::place::Place;
use super::scene::{Scene, Shape, Text};
use super::{AnytimeLine, AnytimePlot, Drawing, Panel, Point, ScatterGrid};

const LIMIT: f64 = 300.0;
const RATES: [f64; 5] = [0.3, 0.5, 0.8, 0.9, 0.95];
const ROWS: [&str; 3] = [
    "no finetuning",
    "finetuning, its time not counted",
    "finetuning, its time counted",
];

fn normal(random: &mut ChaCha8Rng) -> f64 {
    // The sum of twelve uniform numbers is close enough.
    (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0
}

/// Log-normal seconds; one run in ten found nothing.
fn seconds(random: &mut ChaCha8Rng, middle: f64) -> Option<f64> {
    let time = (middle + 1.6 * normal(random)).exp();
    (time < LIMIT && random.random_bool(0.9)).then_some(time)
}

fn panel(random: &mut ChaCha8Rng, row: usize, column: usize) -> Panel {
    let points = (0..80).map(|index| {
        let finetuning = if row == 2 {
            150.0 + index as f64 * 5.0
        } else {
            0.0
        };
        let surrogate = seconds(random, 0.3 - 0.5 * column as f64);
        Point {
            x: seconds(random, 0.8),
            y: surrogate.map(|time| time + finetuning),
            marker: index % 2,
            hover: format!("instance {index} <dense & surrogate>"),
        }
    });
    Panel {
        points: points.collect(),
        above: 28.75,
        below: 71.25,
    }
}

fn grid() -> ScatterGrid {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut row = |row| {
        (0..RATES.len())
            .map(|column| panel(&mut random, row, column))
            .collect()
    };
    ScatterGrid {
        title: String::from("Time to find an adversarial input on MNIST"),
        x_label: String::from("dense network: seconds"),
        y_label: String::from("surrogate: seconds"),
        column_titles: RATES.iter().map(|rate| format!("rate {rate}")).collect(),
        row_titles: ROWS.iter().map(ToString::to_string).collect(),
        panels: (0..ROWS.len()).map(&mut row).collect(),
        markers: vec![
            String::from("2 hidden layers"),
            String::from("4 hidden layers"),
        ],
        limit: LIMIT,
    }
}

/// A grid of one panel with points at these times.
fn single(times: &[(Option<f64>, Option<f64>)]) -> ScatterGrid {
    let points = times.iter().map(|&(x, y)| Point {
        x,
        y,
        marker: 0,
        hover: String::from("an instance"),
    });
    let panel = Panel {
        points: points.collect(),
        above: 0.0,
        below: 100.0,
    };
    ScatterGrid {
        column_titles: vec![String::from("rate 0.5")],
        row_titles: vec![String::from("no finetuning")],
        panels: vec![vec![panel]],
        markers: Vec::new(),
        ..grid()
    }
}

fn plot(lines: usize) -> AnytimePlot {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let line = |index| AnytimeLine {
        name: format!("surrogate of kind {index}"),
        seconds: (0..80).filter_map(|_| seconds(&mut random, 0.5)).collect(),
        runs: 80,
    };
    AnytimePlot {
        title: String::from("Share of instances with an adversarial input found"),
        x_label: String::from("seconds"),
        y_label: String::from("instances"),
        lines: (0..lines).map(line).collect(),
        limit: LIMIT,
    }
}

fn texts(scene: &Scene) -> Vec<&Text> {
    let texts = scene.shapes.iter().filter_map(|shape| match shape {
        Shape::Text(text) => Some(text),
        _ => None,
    });
    texts.collect()
}

fn has_text(scene: &Scene, wanted: &str) -> bool {
    texts(scene).iter().any(|text| text.text == wanted)
}

fn places(shape: &Shape) -> Vec<Place> {
    match shape {
        Shape::Line { points, .. } => points.clone(),
        Shape::Rectangle { corners, .. } => corners.to_vec(),
        Shape::Circle { centre, radius, .. } | Shape::Disc { centre, radius, .. } => vec![
            (centre.0 - radius, centre.1 - radius),
            (centre.0 + radius, centre.1 + radius),
        ],
        Shape::Text(text) => text.corners().to_vec(),
    }
}

/// Checks that everything is within the figure and that texts do not overlap.
fn check(scene: &Scene) {
    let hovers = scene.hovers.iter().map(|hover| hover.at);
    for (x, y) in scene.shapes.iter().flat_map(places).chain(hovers) {
        let within = (0.0..=scene.width).contains(&x) && (0.0..=scene.height).contains(&y);
        assert!(within, "({x}, {y}) of {} x {}", scene.width, scene.height);
    }
    let texts = texts(scene);
    for (index, text) in texts.iter().enumerate() {
        for other in &texts[..index] {
            let ([(left, top), (right, bottom)], [from, to]) = (text.corners(), other.corners());
            let apart = right <= from.0 || to.0 <= left || bottom <= from.1 || to.1 <= top;
            assert!(apart, "{:?} overlaps {:?}", text.text, other.text);
        }
    }
}

#[test]
fn realistic_figures_contain_everything_without_overlapping_text() {
    let grid = grid();
    check(&grid.scene().unwrap());
    let within_limit = ScatterGrid {
        panels: grid.panels[..2].to_vec(),
        row_titles: grid.row_titles[..2].to_vec(),
        ..grid
    };
    check(&within_limit.scene().unwrap());
    for lines in [1, 6, 30] {
        check(&plot(lines).scene().unwrap());
    }
}

#[test]
fn odd_data_has_a_figure() {
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
        let figure = single(times);
        check(&figure.scene().unwrap());
        Drawing::Scatter(figure).svg().unwrap();
    }
    let mut plot = plot(1);
    for seconds in [vec![], vec![5.0], vec![5.0, 5.0], vec![f64::NAN, 0.0, 1e9]] {
        plot.lines[0].seconds = seconds;
        check(&plot.scene().unwrap());
        Drawing::Anytime(plot.clone()).svg().unwrap();
    }
}

#[test]
fn runs_that_found_nothing_are_on_the_edges_and_the_corner_is_counted() {
    let found = Some(2.0);
    let figure = single(&[
        (found, found),
        (found, None),
        (None, found),
        (None, None),
        (None, None),
    ]);
    let scene = figure.scene().unwrap();
    let at: Vec<Place> = scene.hovers.iter().map(|hover| hover.at).collect();
    assert_eq!((at[1].0, at[2].1), (at[0].0, at[0].1));
    let limit = single(&[(Some(LIMIT), Some(LIMIT))])
        .scene()
        .unwrap()
        .hovers[0]
        .at;
    assert!(at[1].1 < limit.1 && at[2].0 > limit.0);
    for corner in &at[3..] {
        assert!(corner.0 > limit.0 && corner.1 < limit.1);
    }
    assert_ne!(at[3], at[4]);
    assert!(has_text(&scene, "×2") && has_text(&scene, "n = 5"));
}

#[test]
fn squares_of_two_kinds_differ_without_colour_and_percentages_are_below_the_points() {
    let mut figure = single(&[(None, Some(2.0)), (None, Some(2.0))]);
    figure.panels[0][0].points[1].marker = 1;
    let scene = figure.scene().unwrap();
    let squares = scene.shapes.iter().filter(|shape| match shape {
        Shape::Rectangle { corners, .. } => corners[1].0 - corners[0].0 < 10.0,
        _ => false,
    });
    assert_eq!(squares.count(), 1);
    let is_percentage = |shape: &Shape| matches!(shape, Shape::Text(text) if text.text == "100.0%");
    let is_line = |shape: &Shape| matches!(shape, Shape::Line { .. });
    let percentage = scene.shapes.iter().position(is_percentage).unwrap();
    // The second square, and the first mark of the axes, are drawn later.
    assert!(
        scene
            .shapes
            .iter()
            .skip(percentage)
            .filter(|s| is_line(s))
            .count()
            >= 2
    );
}

#[test]
fn times_are_compared_on_equal_axes() {
    let scene = single(&[(Some(2.0), Some(2.0)), (Some(30.0), Some(30.0))])
        .scene()
        .unwrap();
    let [first, second] = [scene.hovers[0].at, scene.hovers[1].at];
    assert!((second.0 - first.0 - (first.1 - second.1)).abs() < 1e-9);
}

#[test]
fn a_panel_shows_its_percentages_or_that_it_has_no_runs() {
    let mut grid = grid();
    grid.panels[1][3].points.clear();
    let scene = grid.scene().unwrap();
    let count = |wanted: &str| {
        texts(&scene)
            .iter()
            .filter(|text| text.text == wanted)
            .count()
    };
    assert_eq!(
        (count("71.3%"), count("28.8%"), count("no runs")),
        (14, 14, 1)
    );
    assert!(Drawing::Scatter(grid).svg().unwrap().contains("71.3%"));
    assert!(has_text(&single(&[]).scene().unwrap(), "no runs"));
}

#[test]
fn lines_name_the_share_that_they_reach() {
    let mut plot = plot(1);
    plot.lines[0].seconds = vec![9.0, 1.0];
    plot.lines[0].runs = 32;
    assert!(has_text(
        &plot.scene().unwrap(),
        "surrogate of kind 0: 6.3%"
    ));
    plot.lines[0].seconds.clear();
    assert!(has_text(
        &plot.scene().unwrap(),
        "surrogate of kind 0: 0.0%"
    ));
}

#[test]
fn the_svg_is_the_same_each_time_without_ids_and_with_escaped_hovers() {
    let drawing = Drawing::Scatter(grid());
    let svg = drawing.svg().unwrap();
    assert_eq!(svg, drawing.svg().unwrap());
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert!(!svg.contains(" id="));
    assert_eq!(svg.matches("<title>").count(), 15 * 80);
    assert!(svg.contains("<title>instance 7 &lt;dense &amp; surrogate&gt;</title>"));
}

#[test]
fn the_png_is_whole_and_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first.png", "second.png"].map(|name| folder.path().join(name));
    let drawing = Drawing::Anytime(plot(6));
    drawing.write_png(&first).unwrap();
    drawing.write_png(&second).unwrap();
    let bytes = std::fs::read(&first).unwrap();
    assert_eq!(bytes, std::fs::read(&second).unwrap());
    let decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    let reader = decoder.read_info().unwrap();
    let scene = plot(6).scene().unwrap();
    assert_eq!(reader.info().width, (2.0 * scene.width).ceil() as u32);
    let missing = folder.path().join("missing").join("file.png");
    assert!(drawing.write_png(&missing).is_err());
}

#[test]
fn an_invalid_limit_is_an_error() {
    for limit in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let scatter = ScatterGrid { limit, ..grid() };
        assert!(Drawing::Scatter(scatter).svg().is_err());
        let anytime = AnytimePlot { limit, ..plot(1) };
        assert!(Drawing::Anytime(anytime).svg().is_err());
    }
}
