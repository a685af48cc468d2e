//! Mutations that break valid files.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Replacements for numbers in text and words in binary headers.
const NUMBERS: [&str; 22] = [
    "0",
    "-0",
    "-1",
    "1e308",
    "1e309",
    "-1e309",
    "1e-320",
    "NaN",
    "nan",
    "inf",
    "-inf",
    "Infinity",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "0x10",
    "1_000",
    "1.0.0",
];

const STRANGE: [&str; 12] = [
    "\u{0}",
    "\u{feff}",
    "\u{202e}",
    "\u{1f9ea}",
    "e\u{301}",
    "\u{ffff}",
    "\\ud800",
    "\"",
    "\\",
    "\r\n",
    "]]}}",
    "null",
];

/// Random changes to `whole`; `other` is a file to take pieces from.
pub fn bytes(whole: &[u8], other: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..rng.random_range(1..=4) {
        change_bytes(&mut bytes, other, rng);
    }
    bytes
}

/// As [`bytes`], mostly with changes that keep the text valid UTF-8.
pub fn text(whole: &[u8], other: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..rng.random_range(1..=3) {
        match rng.random_range(0..10) {
            0..=2 => replace_number(&mut bytes, rng),
            3 => insert(
                &mut bytes,
                STRANGE[rng.random_range(0..STRANGE.len())].as_bytes(),
                rng,
            ),
            4 => nest(&mut bytes, rng),
            5 => repeat_line(&mut bytes, rng),
            6 => copy_word(&mut bytes, rng),
            _ => change_bytes(&mut bytes, other, rng),
        }
    }
    bytes
}

/// As [`text`], changing only numbers, so that the file often stays valid.
pub fn numbers(whole: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..rng.random_range(1..=3) {
        replace_number(&mut bytes, rng);
    }
    bytes
}

/// Replaces some weights in the second half of a file, beyond the header, by extreme values.
pub fn floats(whole: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    const WEIGHTS: [f32; 14] = [
        0.0,
        -0.0,
        1.0,
        1e30,
        -1e30,
        f32::MAX,
        f32::MIN,
        f32::MIN_POSITIVE,
        1e-45,
        1e-30,
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        16_777_216.0,
    ];
    let mut bytes = whole.to_vec();
    let words = bytes.len() / 4;
    // Mostly one kind, since networks with a NaN among their weights are all rejected alike.
    let first = rng.random_range(0..WEIGHTS.len());
    for _ in 0..rng.random_range(1..=40) {
        let other = rng.random_range(0..10);
        let weight = WEIGHTS[if rng.random_bool(0.8) { first } else { other }];
        // Weights lie on whole words counted from the end.
        let at = bytes.len() - 4 * rng.random_range(1..=words / 2);
        bytes[at..at + 4].copy_from_slice(&weight.to_le_bytes());
    }
    bytes
}

fn change_bytes(bytes: &mut Vec<u8>, other: &[u8], rng: &mut ChaCha8Rng) {
    if bytes.is_empty() {
        bytes.extend(other.iter().take(64));
        return;
    }
    let at = near_the_start(bytes.len(), rng);
    match rng.random_range(0..9) {
        0 => bytes[at] ^= 1 << rng.random_range(0..8),
        1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][rng.random_range(0..5)],
        2 => bytes.truncate(at),
        3 => {
            let end = bytes.len().min(at + rng.random_range(1..=64));
            bytes.drain(at..end);
        }
        4 => {
            let end = bytes.len().min(at + rng.random_range(1..=64));
            let copy = bytes[at..end].to_vec();
            insert(bytes, &copy, rng);
        }
        5 if !other.is_empty() => {
            let from = rng.random_range(0..other.len());
            let end = other.len().min(from + rng.random_range(1..=256));
            bytes.splice(at.., other[from..end].iter().copied());
        }
        6 => {
            // A word, which may be a length or a size.
            let word = [
                u64::MAX,
                1 << 63,
                1 << 32,
                0xffff_ffff,
                0x7fff_ffff,
                0,
                1,
                1 << 40,
            ];
            let word = word[rng.random_range(0..8)].to_le_bytes();
            let size = [1, 2, 4, 8][rng.random_range(0..4)];
            for (byte, new) in bytes[at & !7..].iter_mut().zip(&word[..size]) {
                *byte = *new;
            }
        }
        7 => {
            let (from, to) = (at, rng.random_range(0..bytes.len()));
            bytes.swap(from, to);
        }
        _ => replace_number(bytes, rng),
    }
}

/// A position, half of the time among the first bytes, which contain headers.
fn near_the_start(length: usize, rng: &mut ChaCha8Rng) -> usize {
    let end = if rng.random_bool(0.5) {
        length.min(400)
    } else {
        length
    };
    rng.random_range(0..end)
}

fn insert(bytes: &mut Vec<u8>, new: &[u8], rng: &mut ChaCha8Rng) {
    let at = rng.random_range(0..=bytes.len());
    bytes.splice(at..at, new.iter().copied());
}

/// Replaces a number written in digits.
fn replace_number(bytes: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    let is_digit = |at: &usize| bytes[*at].is_ascii_digit();
    let is_start = |at: &usize| is_digit(at) && (*at == 0 || !is_digit(&(at - 1)));
    let starts: Vec<usize> = (0..bytes.len().min(4096)).filter(is_start).collect();
    if starts.is_empty() {
        return;
    }
    let start = starts[rng.random_range(0..starts.len())];
    let number = |byte: &&u8| byte.is_ascii_digit() || b".eE+-".contains(byte);
    let end = start + bytes[start..].iter().take_while(number).count();
    let new = NUMBERS[rng.random_range(0..NUMBERS.len())];
    bytes.splice(start..end, new.bytes());
}

/// Thousands of brackets.
fn nest(bytes: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    let bracket = ["[", "{", "{\"a\":", "[[", "a=[", "a.", "("][rng.random_range(0..7)];
    let deep = bracket.repeat(10usize.pow(rng.random_range(1..=5)));
    insert(bytes, deep.as_bytes(), rng);
}

fn repeat_line(bytes: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    if lines.is_empty() {
        return;
    }
    let line = lines[rng.random_range(0..lines.len())].to_vec();
    let place = rng.random_range(0..=lines.len());
    let at = lines[..place].iter().map(|line| line.len()).sum::<usize>();
    bytes.splice(at..at, line);
}

/// Replaces one word by another.
fn copy_word(bytes: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut words = Vec::new();
    let mut at = 0;
    while at < bytes.len().min(8192) {
        let length = bytes[at..].iter().take_while(|byte| is_word(byte)).count();
        if length > 0 {
            words.push(at..at + length);
        }
        at += length + 1;
    }
    if words.len() < 2 {
        return;
    }
    let mut pick = || words[rng.random_range(0..words.len())].clone();
    let (from, to) = (pick(), pick());
    let new = bytes[from].to_vec();
    bytes.splice(to, new);
}
