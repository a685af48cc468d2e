//! Broken model and image files are rejected with an error that names the file and the fault.

use crate::support::{gzip, idx, model_file, workshop};

#[test]
fn broken_model_files() {
    let scratch = workshop();
    let whole = scratch.read("regression");
    let one = |weight: f32, bias: f32| {
        model_file(&vec![
            ("layers.0.weight", vec![1, 2], vec![1.0, weight]),
            ("layers.0.bias", vec![1], vec![bias]),
        ])
    };
    let mut garbled = whole.clone();
    garbled[20..60].fill(b'!');
    let not_a_model = "is not a whole safetensors file";
    for (file, bytes, complaint) in [
        ("empty", vec![], not_a_model),
        ("seven-bytes", whole[..7].to_vec(), not_a_model),
        ("header-only", whole[..8].to_vec(), not_a_model),
        ("half", whole[..whole.len() / 2].to_vec(), not_a_model),
        (
            "one-byte-short",
            whole[..whole.len() - 1].to_vec(),
            not_a_model,
        ),
        ("one-byte-long", [&whole[..], b"x"].concat(), not_a_model),
        ("garbled", garbled, not_a_model),
        ("text", b"these are no weights".to_vec(), not_a_model),
        ("huge-header", vec![0xff; 64], not_a_model),
        (
            "nan",
            one(f32::NAN, 0.0),
            "layer 0: weight entry 1 is NaN, expected a finite",
        ),
        (
            "infinite",
            one(f32::INFINITY, 0.0),
            "layer 0: weight entry 1 is inf",
        ),
        (
            "infinite-bias",
            one(0.0, f32::NEG_INFINITY),
            "layer 0: bias entry 0 is -inf",
        ),
        (
            "no-chain",
            model_file(&vec![
                ("layers.0.weight", vec![2, 2], vec![1.0; 4]),
                ("layers.0.bias", vec![2], vec![0.0; 2]),
                ("layers.1.weight", vec![1, 3], vec![1.0; 3]),
                ("layers.1.bias", vec![1], vec![0.0]),
            ]),
            "layer 1 takes 3 inputs, but the layer before it has 2 outputs",
        ),
        (
            "no-bias",
            model_file(&vec![("layers.0.weight", vec![1, 2], vec![1.0; 2])]),
            "tensor layers.0.bias is missing",
        ),
        (
            "long-bias",
            model_file(&vec![
                ("layers.0.weight", vec![1, 2], vec![1.0; 2]),
                ("layers.0.bias", vec![2], vec![0.0; 2]),
            ]),
            "tensor layers.0.bias has shape [2], expected [1]",
        ),
        (
            "flat",
            model_file(&vec![
                ("layers.0.weight", vec![2], vec![1.0; 2]),
                ("layers.0.bias", vec![1], vec![0.0]),
            ]),
            "tensor layers.0.weight has shape [2]",
        ),
        (
            "unknown",
            model_file(&vec![("conv.weight", vec![1, 2], vec![1.0; 2])]),
            "unknown tensor \"conv.weight\"",
        ),
        ("no-tensors", model_file(&vec![]), "at least one layer"),
    ] {
        scratch.write(file, bytes);
        for line in [
            format!("solve maximize --network {file}"),
            format!("solve maximize --network regression --surrogate {file} --save-input x"),
            format!("solve verify --network {file} --dataset digits --image 1 --epsilon 1"),
            format!("export-problem maximize --network {file} --format mps -o x"),
            format!("prune {file} --rate 0.5 -o x"),
            format!("eval {file} --dataset digits"),
        ] {
            scratch.refused(1, &line, &[file, complaint]);
        }
    }
    for file in ["folder", "nowhere"] {
        let complaint = format!("cannot read {file}");
        scratch.refused(1, &format!("prune {file} --rate 0.5 -o x"), &[&complaint]);
        scratch.refused(1, &format!("eval {file} --dataset digits"), &[&complaint]);
        scratch.refused(
            1,
            &format!("solve maximize --network {file}"),
            &[&complaint],
        );
    }
}

#[test]
fn broken_image_files() {
    let scratch = workshop();
    let train_images = idx(&[0x803, 60_000, 28, 28], 60_000 * 784);
    let packed = gzip(&train_images);
    let folder = "data/mnist";
    let images = format!("{folder}/train-images-idx3-ubyte");
    let labels = format!("{folder}/train-labels-idx1-ubyte");
    let refused = |file: &str, complaint: &str| {
        let train = "train --dataset mnist --data-dir data -o x";
        scratch.refused(1, train, &[file, complaint]);
    };
    refused(&images, "is missing");
    scratch.write(&images, &train_images[..1_000_000]);
    refused(&images, "ends after 1000000 bytes, expected 47040016");
    for line in [
        "eval classifier --dataset mnist --data-dir data",
        "prune classifier --rate 0.5 --finetune 1x1 --dataset mnist --data-dir data -o x",
        "solve verify --network classifier --dataset mnist --image 1 --epsilon 1 --data-dir data",
        "export-problem verify --network classifier --dataset mnist --image 1 --epsilon 1 \
         --data-dir data --format lp -o x",
    ] {
        scratch.refused(1, line, &[&images, "ends after 1000000 bytes"]);
    }
    scratch.write(&images, b"");
    refused(&images, "ends after 0 bytes");
    scratch.write(&images, idx(&[0x801, 60_000], 60_000));
    refused(&images, "magic number is 2049, expected 2051");
    scratch.write(&images, idx(&[0x803, 10_000, 28, 28], 10_000 * 784));
    refused(&images, "holds 10000 records, expected 60000");
    scratch.write(&images, idx(&[0x803, 60_000, 32, 32], 100));
    refused(&images, "images are 32 x 32, expected 28 x 28");
    std::fs::remove_file(scratch.path(&images)).expect("removed");
    let archive = format!("{images}.gz");
    scratch.write(&archive, &packed[..packed.len() / 2]);
    refused(&archive, "broken gzip file");
    let mut corrupt = packed.clone();
    let middle = corrupt.len() / 2;
    corrupt[middle..middle + 50].fill(0xff);
    scratch.write(&archive, &corrupt);
    refused(&archive, "train-images-idx3-ubyte");
    scratch.write(&archive, &packed);
    refused(&labels, "is missing");
    let mut wrong = idx(&[0x801, 60_000], 60_000);
    wrong[8 + 1234] = 10;
    scratch.write(&labels, &wrong);
    refused(&labels, "label of record 1234 is 10, expected 0 to 9");
    scratch.refused(
        1,
        "train --dataset mnist --data-dir nowhere -o x",
        &["nowhere", "is missing"],
    );
}
