//! Models survive being written and read; files that are not models are rejected with the tensor's name.

use safetensors::serialize;

use super::*;
use crate::formats::Origin;
use crate::network::random;
use crate::pruning::Pruning;

fn pruned_origin() -> Origin {
    Origin::Pruned {
        parent: "dense.safetensors".to_owned(),
        parent_sha256: "00".repeat(32),
        parent_origin: Some(Box::new(Origin::Trained {
            dataset: "fashion-mnist".to_owned(),
            side: 18,
            seed: u64::MAX,
            device: "cpu".to_owned(),
            settings: serde_json::json!({ "rate": 0.1 + 0.2, "a": 1, "b": [1, 2] }),
            regularisers: None,
        })),
        pruning: Pruning::magnitude(0.95),
        finetuning: Some(serde_json::json!({ "rounds": 5 })),
    }
}

fn network() -> Network {
    let mut layers = random(3, &[4, 2], 1).unwrap().layers().to_vec();
    // Not an f32, and a negative zero.
    layers[1] = Layer::new(
        4,
        vec![0.1, -0.0, 1e-300, 4.0, 5.0, 6.0, 7.0, 8.0],
        vec![1.0; 2],
    );
    Network::new(layers).unwrap()
}

fn model() -> ModelFile {
    let network = network();
    let metadata = Some(Metadata::new(&network, pruned_origin()));
    ModelFile { network, metadata }
}

/// Writes `bytes` to a file and reads them as a model.
fn read_bytes(bytes: &[u8]) -> Result<ModelFile, ModelError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.safetensors");
    fs::write(&path, bytes).unwrap();
    read_model(&path)
}

fn zeros(count: usize) -> Vec<u8> {
    vec![0; 8 * count]
}

/// The error of a file with these tensors of f64 zeros, after the file's name.
fn complaint(tensors: &[(&str, &[usize])]) -> String {
    let data = zeros(64);
    let views = tensors.iter().map(|&(name, shape)| {
        let bytes = &data[..8 * shape.iter().product::<usize>()];
        let view = TensorView::new(Dtype::F64, shape.to_vec(), bytes);
        (name, view.unwrap())
    });
    complaint_of(&serialize(views, None).unwrap())
}

/// The error of a file with these bytes, with its causes, as the command line prints it.
fn complaint_of(bytes: &[u8]) -> String {
    let error = read_bytes(bytes).unwrap_err();
    let message = format!("{:#}", anyhow::Error::from(error));
    let (_, complaint) = message
        .split_once("m.safetensors")
        .expect("the file's name");
    complaint.to_owned()
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.safetensors");
    write_model(&path, &model()).unwrap();
    let read = read_model(&path).unwrap();
    assert_eq!(read, model());
    // Equality of floats does not detect this.
    let zero = read.network.layers()[1].weights()[1];
    assert_eq!(zero.to_bits(), (-0.0_f64).to_bits());
    let origin = read.metadata.unwrap().origin;
    assert!(matches!(
        origin.root(),
        Some(Origin::Trained { side: 18, .. })
    ));
}

#[test]
fn only_what_is_not_single_precision_is_written_double() {
    let bytes = encode(&model()).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut dtypes: Vec<_> = tensors.iter().map(|(name, t)| (name, t.dtype())).collect();
    dtypes.sort_unstable();
    assert_eq!(
        dtypes[2..4],
        [
            ("layers.1.bias", Dtype::F32),
            ("layers.1.weight", Dtype::F64)
        ]
    );
    assert_eq!(
        dtypes
            .iter()
            .filter(|(_, dtype)| *dtype == Dtype::F32)
            .count(),
        5
    );
}

#[test]
fn equal_models_give_equal_bytes() {
    let first = encode(&model()).unwrap();
    assert!((0..20).all(|_| encode(&model()).unwrap() == first));
}

#[test]
fn files_of_other_programs_have_no_metadata() {
    let foreign = ModelFile {
        network: network(),
        metadata: None,
    };
    assert_eq!(read_bytes(&encode(&foreign).unwrap()).unwrap(), foreign);
}

#[test]
fn files_that_are_not_whole_are_refused() {
    let bytes = encode(&model()).unwrap();
    for length in [0, 7, 8, 100, bytes.len() - 1] {
        let error = read_bytes(&bytes[..length]).unwrap_err();
        assert!(
            matches!(error, ModelError::NotSafetensors { .. }),
            "{error}"
        );
    }
    let complaint = complaint_of(b"this is a text file and not a model");
    assert!(complaint.starts_with(" is not a whole safetensors file: "));
}

#[test]
fn tensors_that_form_no_network_are_named() {
    let weight: (&str, &[usize]) = ("layers.0.weight", &[3, 2]);
    let bias: (&str, &[usize]) = ("layers.0.bias", &[3]);
    for (tensors, expected) in [
        (
            &[weight][..],
            ": tensor layers.0.bias is missing, expected a weight and a bias for every layer",
        ),
        (
            &[bias],
            ": tensor layers.0.weight is missing, expected a weight and a bias for every layer",
        ),
        (
            &[("layers.0.weight", &[6]), bias],
            ": tensor layers.0.weight has shape [6], expected out x in",
        ),
        (
            &[weight, ("layers.0.bias", &[2])],
            ": tensor layers.0.bias has shape [2], expected [3] as layers.0.weight",
        ),
        (
            &[weight, bias, ("layers.2.bias", &[1])],
            ": there is a layer 2, but no tensor of layer 1, expected layers 0, 1, 2, ... without a gap",
        ),
        (
            &[weight, bias, ("layers.00.bias", &[3])],
            ": unknown tensor \"layers.00.bias\", expected layers.I.weight or layers.I.bias",
        ),
        (
            &[
                weight,
                bias,
                ("layers.1.weight", &[1, 4]),
                ("layers.1.bias", &[1]),
            ],
            ": tensors layers.I.weight and layers.I.bias do not form a network: \
             layer 1 takes 4 inputs, but the layer before it has 3 outputs",
        ),
        (
            &[("layers.0.weight", &[0, 2]), ("layers.0.bias", &[0])],
            ": tensors layers.I.weight and layers.I.bias do not form a network: \
             layer 0 has no neurons",
        ),
    ] {
        assert_eq!(complaint(tensors), expected);
    }
}

#[test]
fn numbers_that_are_not_finite_and_other_types_are_refused() {
    let nan: Vec<u8> = [1.0_f32, f32::NAN]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let bias = zeros(1);
    let bytes = |dtype, data: &[u8]| {
        let weight = TensorView::new(dtype, vec![1, 2], data).unwrap();
        let bias = TensorView::new(Dtype::F64, vec![1], &bias).unwrap();
        serialize([("layers.0.weight", weight), ("layers.0.bias", bias)], None).unwrap()
    };
    let complaint = complaint_of(&bytes(Dtype::F32, &nan));
    assert!(complaint.ends_with("layer 0: weight entry 1 is NaN, expected a finite number"));
    for (dtype, name) in [(Dtype::F16, "F16"), (Dtype::BF16, "BF16")] {
        let expected = format!(": tensor layers.0.weight is {name}, expected F32 or F64");
        assert_eq!(complaint_of(&bytes(dtype, &[0; 4])), expected);
    }
}

#[test]
fn metadata_must_be_that_of_the_network() {
    let other = random(3, &[4], 1).unwrap();
    let wrong = ModelFile {
        metadata: Some(Metadata::new(&other, Origin::Random { seed: 1 })),
        ..model()
    };
    let complaint = complaint_of(&encode(&wrong).unwrap());
    assert!(complaint.starts_with(": layer sizes are [3, 4, 1] in the metadata"));
    let error = write_model(Path::new("m.safetensors"), &wrong).unwrap_err();
    assert!(matches!(error, ModelError::SizesDiffer { .. }));

    let header = HashMap::from([(Metadata::KEY.to_owned(), "{\"sizes\": 3}".to_owned())]);
    let data = zeros(1);
    let views = [("layers.0.weight", &[1, 1][..]), ("layers.0.bias", &[1])].map(|(name, shape)| {
        (
            name,
            TensorView::new(Dtype::F64, shape.to_vec(), &data).unwrap(),
        )
    });
    let complaint = complaint_of(&serialize(views, Some(header)).unwrap());
    assert!(
        complaint.starts_with(": metadata field \"pipeline\" is not model metadata, expected JSON")
    );
}

#[test]
fn the_digest_is_that_of_sha256() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("abc");
    fs::write(&path, "abc").unwrap();
    // FIPS 180-2, appendix B.1
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(file_sha256(&path).unwrap(), expected);
}

proptest::proptest! {
    /// Whatever a damaged file holds, reading it ends in a network or in an error.
    #[test]
    fn damaged_files_do_not_panic(place in 0..600_usize, byte: u8) {
        let mut bytes = encode(&model()).unwrap();
        let place = place % bytes.len();
        bytes[place] = byte;
        let path = Path::new("m.safetensors");
        if let Ok(model) = (Reader { path }).model(&bytes) {
            proptest::prop_assert_eq!(model.network.inputs(), 3);
        }
    }
}
